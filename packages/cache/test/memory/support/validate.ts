import type { BucketTable } from '../../../src/memory/bucket-table.js';
import type { EvictionPolicy } from '../../../src/memory/eviction/eviction-policy.js';
import type { KeyIndex } from '../../../src/memory/key-index.js';
import { none, type SlotList } from '../../../src/memory/slot-lists.js';

export interface InspectablePolicy extends EvictionPolicy {
  readonly queues: Readonly<Record<string, SlotList>>;
}

/** Throws where the structure of a policy is not sound, or where it does not hold exactly these slots. */
export function validate(policy: InspectablePolicy, residents: Iterable<number>): void {
  const owner = new Map<number, string>();
  for (const [name, list] of Object.entries(policy.queues)) {
    for (const slot of validatedSlots(list, name)) {
      if (owner.has(slot)) throw new Error(`slot ${slot} is in ${owner.get(slot)} and in ${name}`);
      owner.set(slot, name);
    }
  }
  const expected = new Set(residents);
  for (const slot of expected) if (!owner.has(slot)) throw new Error(`slot ${slot} is in no list`);
  for (const slot of owner.keys())
    if (!expected.has(slot)) throw new Error(`slot ${slot} is in ${owner.get(slot)}, but empty`);
}

/** Newest first, after checking that both directions, both ends and the size agree. */
export function validatedSlots(list: SlotList, name = 'list'): number[] {
  const { next, previous } = list.links;
  const forwards: number[] = [];
  for (let slot = list.head; slot !== none; slot = next[slot] as number) {
    forwards.push(slot);
    if (forwards.length > list.size) throw new Error(`${name} says ${list.size} and goes on`);
  }
  if (forwards.length !== list.size) throw new Error(`${name} says ${list.size} and has ${forwards.length}`);
  const backwards: number[] = [];
  for (let slot = list.tail; slot !== none && backwards.length <= list.size; slot = previous[slot] as number)
    backwards.push(slot);
  if (backwards.reverse().join() !== forwards.join())
    throw new Error(`${name} is [${forwards}] forwards, [${backwards}] backwards`);
  return forwards;
}

/** Throws where an index does not hold exactly these keys at these slots, or where its tables are not sound. */
export function validateKeyIndex(index: KeyIndex, expected: ReadonlyMap<string, number>): void {
  for (const [key, slot] of expected) {
    const found = index.find(key);
    if (found !== slot) throw new Error(`'${key}' is at ${found}, not at ${slot}`);
  }
  const slots = index.slots();
  const sizes = { expected: expected.size, size: index.size, listed: slots.length, distinct: new Set(slots).size };
  if (new Set(Object.values(sizes)).size !== 1) throw new Error(`sizes differ: ${JSON.stringify(sizes)}`);
  if (index.tableSizes.some((buckets) => !Number.isInteger(Math.log2(buckets)))) {
    throw new Error(`tables of ${index.tableSizes}`);
  }
  const room = index.tableSizes.at(-1) as number;
  if (index.size > room * 0.75) throw new Error(`${index.size} keys in ${room} buckets: searches go far`);
}

/** Throws where a lookup for a bucket of the table would meet a gap on the way, or where the size is not right. */
export function validateBucketTable(table: BucketTable): void {
  const { words } = table;
  const mask = words.length - 1;
  let size = 0;
  for (let at = 0; at < words.length; at += 2) {
    if (words[at + 1] === none) continue;
    size++;
    for (let step = ((words[at] as number) << 1) & mask; step !== at; step = (step + 2) & mask) {
      if (words[step + 1] === none) throw new Error(`a gap at ${step} hides what is at ${at}`);
    }
  }
  if (size !== table.size) throw new Error(`the table says ${table.size} and has ${size}`);
}
