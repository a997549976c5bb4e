/** What a cache must look like from outside: a Map, and nothing that could go wrong. */
export interface ModelEntry {
  readonly value: unknown;
  readonly until: number;
  readonly tags: readonly string[];
  readonly group: string | undefined;
}

export class PlainModel {
  readonly #entries = new Map<string, ModelEntry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  live(key: string): ModelEntry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#now() < entry.until ? entry : undefined;
  }

  liveKeys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.live(key) !== undefined).sort();
  }

  put(key: string, entry: ModelEntry): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): boolean {
    const wasLive = this.live(key) !== undefined;
    this.#entries.delete(key);
    return wasLive;
  }

  deleteWhere(isMeant: (entry: ModelEntry, key: string) => boolean): number {
    const meant = this.liveKeys().filter((key) => isMeant(this.live(key) as ModelEntry, key));
    for (const key of meant) this.#entries.delete(key);
    return meant.length;
  }
}
