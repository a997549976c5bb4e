import type { IndexTerms } from '../contracts/entry.js';

/** Which slots hold entries that were set under a term? Knows no expiry: who asks judges what it is answered. */
export class TermIndex {
  readonly #slotsOf = new Map<string, Map<string, Set<number>>>();

  add(slot: number, terms: IndexTerms): void {
    for (const name in terms) {
      const value = terms[name] as string;
      const byValue = this.#slotsOf.get(name) ?? new Map<string, Set<number>>();
      this.#slotsOf.set(name, byValue);
      const slots = byValue.get(value) ?? new Set<number>();
      byValue.set(value, slots);
      slots.add(slot);
    }
  }

  /** Leaves nothing behind, so that terms that come and go take no memory. */
  remove(slot: number, terms: IndexTerms): void {
    for (const name in terms) {
      const value = terms[name] as string;
      const byValue = this.#slotsOf.get(name);
      const slots = byValue?.get(value);
      slots?.delete(slot);
      if (slots?.size === 0) byValue?.delete(value);
      if (byValue?.size === 0) this.#slotsOf.delete(name);
    }
  }

  slots(name: string, value: string): number[] {
    return [...(this.#slotsOf.get(name)?.get(value) ?? [])];
  }

  /** How many terms there are, for tests. */
  get size(): number {
    let size = 0;
    for (const byValue of this.#slotsOf.values()) size += byValue.size;
    return size;
  }
}
