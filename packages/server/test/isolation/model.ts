/** What a tenant that is alone in the world would have. */
export interface ModelEntry {
  readonly value: string;
  /** `undefined` until an answer tells it. */
  etag: string | undefined;
  /** `undefined` for a life without end. */
  readonly ttl: number | undefined;
  readonly tags: readonly string[];
  readonly indexes: Readonly<Record<string, string>>;
}

export interface KeptAnswer {
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly answer: string;
}

export class TenantModel {
  readonly entries = new Map<string, ModelEntry>();
  /** As `/v1/stats` tells them. */
  readonly counts = { hits: 0, misses: 0, writes: 0, deletes: 0 };
  readonly locks = new Map<string, string>();
  readonly kept = new Map<string, KeptAnswer>();
  /** What the tenant's own events may name. */
  readonly changed = new Set<string>();
  readonly invalidated = new Set<string>();
  cursor: { readonly query: string; readonly cursor: string } | undefined;
  indexCursor: { readonly path: string; readonly cursor: string } | undefined;
  defaultTtl = 30 * 86_400;

  read(key: string): ModelEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) this.counts.misses++;
    else this.counts.hits++;
    return entry;
  }

  write(key: string, entry: ModelEntry): void {
    this.entries.set(key, entry);
    this.changed.add(key);
    this.counts.writes++;
  }

  delete(key: string): boolean {
    const isThere = this.entries.delete(key);
    this.changed.add(key);
    if (isThere) this.counts.deletes++;
    return isThere;
  }

  keysWhere(holds: (key: string, entry: ModelEntry) => boolean): string[] {
    return Array.from(this.entries)
      .filter(([key, entry]) => holds(key, entry))
      .map(([key]) => key);
  }

  /** The entries are gone; what was counted stays. */
  clear(): void {
    for (const key of this.entries.keys()) this.changed.add(key);
    this.entries.clear();
  }
}

/** What `?match=` means, told in another way than the service does it. */
export function matches(pattern: string): (key: string) => boolean {
  const source = pattern.replaceAll(/\\?[\s\S]/gu, (step) => {
    if (step === '*') return '[\\s\\S]*';
    if (step === '?') return '[\\s\\S]';
    const literal = step.length > 1 && step.startsWith('\\') ? step.slice(1) : step;
    return literal.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 'u');
  return (key) => expression.test(key);
}
