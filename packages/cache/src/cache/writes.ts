import type { SetOptions, WriteOptions, WriteOutcome } from '../contracts/cache.js';
import type { Entry } from '../contracts/entry.js';
import type { EntryCondition, EntryWrite, EntryWriteResult } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import type { ResolvedDefaults } from '../options/entry-defaults.js';
import { resolveTags, resolveWriteOptions, setEntryOptionNames, setOptionNames } from '../options/write-options.js';
import { refreshPoint } from '../policy/early-refresh.js';
import { lifetimeFrom } from '../policy/lifetime.js';
import type { CacheParts } from './cache-parts.js';
import { listPage } from './listings.js';
import type { NamespaceParts } from './namespace-parts.js';

/** The writes of one namespace: check, stamp, tiers, bus, report. */
export class Writes {
  readonly #cache: CacheParts;
  readonly #namespace: NamespaceParts;
  readonly #defaults: ResolvedDefaults;

  constructor(cache: CacheParts, namespace: NamespaceParts, defaults: ResolvedDefaults) {
    this.#cache = cache;
    this.#namespace = namespace;
    this.#defaults = defaults;
  }

  /** Throws, not rejects, what is wrong with the call. */
  set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    if (options?.ifVersion !== undefined) return this.setEntry(key, value, options).then(({ stored }) => stored);
    checkKey(key);
    const now = this.#cache.clock.now();
    const write = this.#prepareAt(now, value, options, setOptionNames);
    const result = this.#namespace.tiers.setNow(key, write, now);
    if (result === undefined) return this.#setAwaited(key, write);
    if (this.#cache.bus.isThere) this.#tell([key]);
    this.#namespace.report.set(key, write.freshUntil);
    return alreadyStored;
  }

  async setEntry(key: string, value: unknown, options?: SetOptions & { ifAbsent?: boolean }): Promise<WriteOutcome> {
    checkKey(key);
    const { tiers } = this.#namespace;
    const write = this.#prepareAt(this.#cache.clock.now(), value, options, setEntryOptionNames);
    const condition = conditionOf(options);
    const result = await (condition === undefined ? tiers.setOne(key, write) : tiers.setIf(key, write, condition));
    const stored = result === 'created' || result === 'replaced';
    if (condition === undefined || stored) this.#tell([key]);
    if (stored) this.#namespace.report.set(key, write.freshUntil);
    return { stored, created: result === 'created', version: this.#cache.stamps.versionOf(write.createdAt) };
  }

  async setMany(entries: Iterable<readonly [string, unknown]>, options?: WriteOptions): Promise<void> {
    const writes: [string, EntryWrite][] = [];
    for (const [key, value] of entries) {
      checkKey(key);
      writes.push([key, this.prepare(value, options)]);
    }
    if (writes.length === 0) return;
    const results = await this.#namespace.tiers.set(writes);
    this.#tell(writes.map(([key]) => key));
    for (const [at, [key, write]] of writes.entries()) {
      if (results[at] !== 'dropped') this.#namespace.report.set(key, write.freshUntil);
    }
  }

  /**
   * Writes to the source first. Loads that read it before that ended are not stored; and if somebody else wrote the key
   * meanwhile, nobody knows whose value the source kept, so the key is deleted.
   */
  async writeThrough(
    key: string,
    value: unknown,
    persist: (value: unknown) => unknown,
    options: WriteOptions | undefined,
  ): Promise<void> {
    checkKey(key);
    if (typeof persist !== 'function') {
      throw new InvalidOptionError('writeThrough() takes a function that writes the value: (value) => save(value).');
    }
    const { tiers } = this.#namespace;
    const { clock } = this.#cache;
    const begin = clock.now();
    const write = this.#prepareAt(begin, value, options);
    await tiers.fence.duringWrite([key], async (isAlone) => {
      try {
        await persist(value);
      } catch (error) {
        // What the store says to this is reported; the caller has to hear of the source.
        await this.delete([key]).catch(() => {});
        throw error;
      }
      if (!isAlone()) await this.delete([key]);
      else await this.#setAwaited(key, later(write, clock.now() - begin));
    });
  }

  async delete(keys: readonly string[]): Promise<number> {
    for (const key of keys) checkKey(key);
    if (keys.length === 0) return 0;
    const deleted = await this.#namespace.tiers.delete(keys);
    this.#tell(keys);
    const gone = keys.filter((_, at) => deleted[at]);
    for (const key of gone) this.#namespace.report.delete(key);
    return gone.length;
  }

  async deleteVersion(key: string, version: string): Promise<boolean> {
    checkKey(key);
    return this.#deleteIf(key, (current) => current.version === version);
  }

  async #deleteIf(key: string, isMeant: (current: Entry) => boolean): Promise<boolean> {
    let deleted = false;
    await this.#namespace.tiers.modify(key, (current) => {
      deleted = current !== undefined && isMeant(current);
      return { kind: deleted ? 'delete' : 'keep' };
    });
    if (!deleted) return false;
    this.#tell([key]);
    this.#namespace.report.delete(key);
    return true;
  }

  /** A load under way may be of a matching key that is not there yet, so nothing that is loaded meanwhile is stored. */
  async deleteMatching(pattern: string): Promise<number> {
    const { tiers } = this.#namespace;
    return tiers.fence.duringWideWrite(async () => {
      let deleted = 0;
      let cursor: string | undefined;
      do {
        const page = await listPage(tiers, { match: pattern, cursor }, true);
        deleted += await this.delete(page.keys);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return deleted;
    });
  }

  /** As {@link Writes.deleteMatching}: what is loaded meanwhile may be under the term. */
  async deleteByIndex(name: string, value: string): Promise<number> {
    const { tiers } = this.#namespace;
    return tiers.fence.duringWideWrite(async () => {
      const keys = await tiers.keysByTerm(name, value);
      let deleted = 0;
      for (let from = 0; from < keys.length; from += keysPerStep) {
        // One by one, because a key may have been written without the term since.
        const step = keys.slice(from, from + keysPerStep);
        const answers = await Promise.all(
          step.map((key) => this.#deleteIf(key, ({ indexes }) => indexes[name] === value)),
        );
        deleted += answers.filter(Boolean).length;
      }
      return deleted;
    });
  }

  async invalidateTags(given: readonly string[], remove: boolean): Promise<void> {
    const tags = resolveTags(given);
    if (tags.length === 0) return;
    const time = this.#cache.stamps.lastOfMilli();
    try {
      await this.#namespace.tiers.invalidateTags(tags, time, remove);
    } finally {
      // Also if that is rejected: it may have been done.
      this.#cache.bus.tagsInvalidated(this.#namespace.prefix, tags, time, remove);
    }
    this.#namespace.report.invalidateTags(tags, remove);
  }

  async clear(): Promise<void> {
    const time = this.#cache.stamps.nextOfAll();
    try {
      await this.#namespace.tiers.clear(time);
    } finally {
      this.#cache.bus.cleared(this.#namespace.prefix, time);
    }
    this.#namespace.report.clear();
  }

  /** An entry that begins now. */
  prepare(value: unknown, options: WriteOptions | undefined): EntryWrite {
    return this.#prepareAt(this.#cache.clock.now(), value, options);
  }

  #prepareAt(now: Millis, value: unknown, options: WriteOptions | undefined, known?: ReadonlySet<string>): EntryWrite {
    const { lifespan, details } = resolveWriteOptions(options, this.#defaults.lifespan, 'A write', known);
    const survey = this.#cache.sharing.admit(value);
    const { freshUntil, staleUntil } = lifetimeFrom(now, lifespan, lifespan.jitter === 0 ? 0 : this.#cache.random());
    const createdAt = this.#cache.stamps.nextAt(now);
    const { refreshAhead } = this.#defaults.manner;
    const refreshAt = refreshAhead === undefined ? freshUntil : refreshPoint({ createdAt, freshUntil }, refreshAhead);
    const version = undefined;
    return { survey, createdAt, freshUntil, staleUntil, refreshAt, version, details, loadMillis: undefined };
  }

  #setAwaited(key: string, write: EntryWrite): Promise<boolean> {
    return this.#namespace.tiers.setAwaited(key, write, this.#told);
  }

  /** Answers whether it is stored. */
  readonly #told = (key: string, write: EntryWrite, result: EntryWriteResult): boolean => {
    this.#tell([key]);
    if (result === 'dropped') return false;
    this.#namespace.report.set(key, write.freshUntil);
    return true;
  };

  /** Also of what a store that degrades did not take: other processes read it anew, and find what is true there. */
  #tell(keys: readonly string[]): void {
    this.#cache.bus.changed(this.#namespace.prefix, keys);
  }
}

/** The same write, whose life begins that much later. */
function later(write: EntryWrite, delay: Millis): EntryWrite {
  const { freshUntil, staleUntil, refreshAt } = write;
  return { ...write, freshUntil: freshUntil + delay, staleUntil: staleUntil + delay, refreshAt: refreshAt + delay };
}

const keysPerStep = 512;

/** What every write to memory answers: one promise for all of them. */
const alreadyStored = Promise.resolve(true);

function conditionOf(options: (SetOptions & { ifAbsent?: boolean }) | undefined): EntryCondition | undefined {
  const version = options?.ifVersion;
  if (options?.ifAbsent === true) {
    if (version === undefined) return { absent: true };
    throw new InvalidOptionError('ifAbsent and ifVersion exclude each other: an absent entry has no version.');
  }
  if (version === undefined) return undefined;
  if (typeof version === 'string') return { version };
  throw new InvalidOptionError('ifVersion must be the version of an entry: take it from getEntry().');
}
