import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexTerms } from '../../src/contracts/entry.js';
import { TermIndex } from '../../src/memory/term-index.js';

describe('the index of terms', () => {
  it('finds the slots of a term, and none of another', () => {
    const index = new TermIndex();
    index.add(1, { user: 'alice', plan: 'pro' });
    index.add(2, { user: 'alice' });
    expect(index.slots('user', 'alice')).toEqual([1, 2]);
    expect(index.slots('plan', 'pro')).toEqual([1]);
    expect(index.slots('user', 'pro')).toEqual([]);
    expect(index.slots('none', 'alice')).toEqual([]);
  });

  it('leaves nothing behind', () => {
    const index = new TermIndex();
    for (let slot = 1; slot <= 1_000; slot++) index.add(slot, { user: `u${slot}`, plan: 'pro' });
    expect(index.size).toBe(1_001);
    for (let slot = 1; slot <= 1_000; slot++) index.remove(slot, { user: `u${slot}`, plan: 'pro' });
    expect(index.size).toBe(0);
    expect(index.slots('plan', 'pro')).toEqual([]);
  });

  it('answers a list of its own', () => {
    const index = new TermIndex();
    index.add(1, { user: 'alice' });
    index.slots('user', 'alice').pop();
    expect(index.slots('user', 'alice')).toEqual([1]);
  });

  it('survives the removal of what is not there', () => {
    const index = new TermIndex();
    index.add(1, { user: 'alice' });
    index.remove(2, { user: 'alice', plan: 'pro' });
    index.remove(1, { user: 'bob' });
    expect(index.slots('user', 'alice')).toEqual([1]);
  });

  it('is a plain list of terms, whatever is added and removed', () => {
    const word = fc.constantFrom('a', 'b', '', '__proto__', 'constructor', 'é', 'e\u0301', 'a b');
    const terms = fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: false });
    const step = fc.record({ slot: fc.integer({ min: 1, max: 5 }), terms });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const index = new TermIndex();
        const held = new Map<number, IndexTerms>();
        for (const { slot, terms: given } of steps) {
          const before = held.get(slot);
          if (before !== undefined) {
            index.remove(slot, before);
            held.delete(slot);
          } else {
            index.add(slot, given);
            held.set(slot, given);
          }
          const all = [...held].flatMap(([at, of]) => Object.entries(of).map((term) => [at, ...term] as const));
          expect(index.size).toBe(new Set(all.map(([, name, value]) => JSON.stringify([name, value]))).size);
          for (const [, name, value] of all) {
            const expected = all.filter(([, n, v]) => n === name && v === value).map(([at]) => at);
            expect(index.slots(name, value).sort()).toEqual(expected.sort());
          }
        }
      }),
    );
  });
});
