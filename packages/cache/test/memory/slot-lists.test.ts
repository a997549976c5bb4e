import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotLinks, SlotList } from '../../src/memory/slot-lists.js';
import { validatedSlots } from './support/validate.js';

const kinds = ['push', 'remove', 'removeTail', 'moveToHead', 'transfer', 'grow'] as const;
const operations = fc.array(
  fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 2 })),
  {
    size: 'max',
    maxLength: 60,
  },
);

describe('SlotList', () => {
  it('orders slots as arrays would, several lists over the same links', () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const links = new SlotLinks();
        links.grow(21);
        const lists = [new SlotList(links), new SlotList(links), new SlotList(links)];
        let arrays: number[][] = [[], [], []];
        for (const [kind, slot, to] of steps) {
          const from = arrays.findIndex((array) => array.includes(slot));
          if (kind === 'grow') links.grow(21 + slot);
          else if (kind === 'removeTail') {
            if (arrays[to]?.pop() !== undefined) lists[to]?.removeTail();
          } else if (kind === 'push' ? from !== -1 : from === -1) continue;
          else {
            if (kind === 'moveToHead') lists[from]?.moveToHead(slot);
            else if (kind !== 'push') lists[from]?.remove(slot);
            if (kind === 'push' || kind === 'transfer') lists[to]?.pushHead(slot);
            arrays = arrays.map((array) => array.filter((other) => other !== slot));
            if (kind !== 'remove') arrays[kind === 'moveToHead' ? from : to]?.unshift(slot);
          }
          expect(lists.map((list) => validatedSlots(list).join())).toEqual(arrays.map((array) => array.join()));
        }
      }),
    );
  });

  it('can be walked from the newest to the oldest', () => {
    const links = new SlotLinks();
    links.grow(4);
    const list = new SlotList(links);
    for (const slot of [1, 2, 3]) list.pushHead(slot);
    expect([...list]).toEqual([3, 2, 1]);
  });
});
