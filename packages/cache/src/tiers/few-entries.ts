/**
 * A Map that mostly holds one entry, or none, at a time: the first has a place of its own. V8 builds the table of a small
 * Map anew after every few entries that come and go, which costs more than everything else a lookup does.
 */
export class FewEntries<Value> {
  #firstKey: string | undefined;
  #first: Value | undefined;
  readonly #others = new Map<string, Value>();

  get size(): number {
    return this.#others.size + (this.#firstKey === undefined ? 0 : 1);
  }

  get(key: string): Value | undefined {
    if (key === this.#firstKey) return this.#first;
    return this.#others.size === 0 ? undefined : this.#others.get(key);
  }

  set(key: string, value: Value): void {
    const belongsFirst = this.#firstKey === undefined ? !this.#others.has(key) : key === this.#firstKey;
    if (!belongsFirst) {
      this.#others.set(key, value);
      return;
    }
    this.#firstKey = key;
    this.#first = value;
  }

  delete(key: string): void {
    if (key !== this.#firstKey) {
      this.#others.delete(key);
      return;
    }
    this.#firstKey = undefined;
    this.#first = undefined;
  }

  values(): Value[] {
    const first = this.#firstKey === undefined ? [] : [this.#first as Value];
    return [...first, ...this.#others.values()];
  }
}
