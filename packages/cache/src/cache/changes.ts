import type { IncrementOptions } from '../contracts/cache.js';
import type { Entry } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Duration, Millis } from '../contracts/time.js';
import { InvalidOptionError, NotAnIntegerError, NotAnObjectError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import { parseDuration } from '../options/duration.js';
import type { ResolvedDefaults } from '../options/entry-defaults.js';
import { type RefreshedEntry, refreshPoint } from '../policy/early-refresh.js';
import { lifetimeFrom } from '../policy/lifetime.js';
import { detailsOf } from '../tiers/make-entry.js';
import type { CacheParts } from './cache-parts.js';
import type { NamespaceParts } from './namespace-parts.js';
import type { Writes } from './writes.js';

export type Patch = object | ((value: unknown) => unknown);

/** Atomic changes of what is there: update, increment, touch. Each is one decision inside `tiers.modify`. */
export class Changes {
  readonly #cache: CacheParts;
  readonly #namespace: NamespaceParts;
  readonly #writes: Writes;
  readonly #defaults: ResolvedDefaults;

  constructor(cache: CacheParts, namespace: NamespaceParts, writes: Writes, defaults: ResolvedDefaults) {
    this.#cache = cache;
    this.#namespace = namespace;
    this.#writes = writes;
    this.#defaults = defaults;
  }

  async update(key: string, patch: Patch, ifVersion: string | undefined): Promise<Entry | undefined> {
    checkKey(key);
    if (typeof patch !== 'function' && (typeof patch !== 'object' || patch === null)) {
      throw new InvalidOptionError('A patch is an object to merge in, or a function from the old value to the new.');
    }
    const begunAt = this.#cache.stamps.next();
    let changed = false;
    const entry = await this.#namespace.tiers.modify(key, (current) => {
      changed = current !== undefined && (ifVersion === undefined || current.version === ifVersion);
      if (!changed || current === undefined) return { kind: 'keep' };
      return { kind: 'write', write: this.#successor(current, patched(key, current.value, patch), begunAt) };
    });
    if (!changed || entry === undefined) return undefined;
    this.#cache.bus.changed(this.#namespace.prefix, [key]);
    this.#namespace.report.set(key, entry.freshUntil);
    return entry;
  }

  async increment(key: string, by: number, options: IncrementOptions | undefined): Promise<number> {
    checkKey(key);
    const initial = options?.initial ?? 0;
    refuseUnsafe('by', by);
    refuseUnsafe('initial', initial);
    const begunAt = this.#cache.stamps.next();
    let sum = 0;
    const entry = await this.#namespace.tiers.modify(key, (current) => {
      sum = addInteger(key, current === undefined ? initial : current.value, by);
      if (current !== undefined) return { kind: 'write', write: this.#successor(current, sum, begunAt) };
      const ttl = options?.ttl;
      return { kind: 'write', write: this.#writes.prepare(sum, ttl === undefined ? undefined : { ttl }) };
    });
    this.#cache.bus.changed(this.#namespace.prefix, [key]);
    if (entry !== undefined) this.#namespace.report.set(key, entry.freshUntil);
    return sum;
  }

  async touch(key: string, ttl: Duration | undefined, ifVersion: string | undefined): Promise<boolean> {
    checkKey(key);
    const lifespan =
      ttl === undefined ? this.#defaults.lifespan : { ...this.#defaults.lifespan, ttl: parseDuration(ttl, 'ttl') };
    let found = false;
    let freshUntil = 0;
    await this.#namespace.tiers.modify(key, (current) => {
      found = current !== undefined && (ifVersion === undefined || current.version === ifVersion);
      if (!found || current === undefined) return { kind: 'keep' };
      const lifetime = lifetimeFrom(this.#cache.clock.now(), lifespan, 0);
      freshUntil = lifetime.freshUntil;
      return { kind: 'touch', ...lifetime, refreshAt: this.#refreshPoint({ ...current, ...lifetime }) };
    });
    if (!found) return false;
    this.#cache.bus.changed(this.#namespace.prefix, [key]);
    this.#namespace.report.touch(key, freshUntil);
    return true;
  }

  #refreshPoint(entry: RefreshedEntry): Millis {
    return refreshPoint(entry, this.#defaults.manner.refreshAhead);
  }

  /**
   * Another value in the same life, under the same tags and terms. It dates from the beginning of the change: a clear or
   * an invalidation since then is of what it was made of, too. What was written since then is not older than itself.
   */
  #successor(current: Entry, value: unknown, begunAt: Millis): EntryWrite {
    const { freshUntil, staleUntil } = current;
    const survey = this.#cache.sharing.admit(value);
    const createdAt = current.createdAt < begunAt ? begunAt : this.#cache.stamps.next();
    const details = detailsOf(current);
    const { loadMillis } = current;
    const refreshAt = this.#refreshPoint({ createdAt, freshUntil, loadMillis });
    return { survey, createdAt, freshUntil, staleUntil, refreshAt, version: undefined, details, loadMillis };
  }
}

function patched(key: string, value: unknown, patch: Patch): unknown {
  if (typeof patch === 'function') return patch(value);
  if (typeof value === 'object' && value !== null && isPlain(value)) return { ...value, ...patch };
  throw new NotAnObjectError(`The value of '${key}' is no plain object, so there is nothing to merge a patch into.`);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function addInteger(key: string, value: unknown, by: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new NotAnIntegerError(`The value of '${key}' is no whole number within 2^53, so it cannot be incremented.`);
  }
  const sum = (value as number) + by;
  if (Number.isSafeInteger(sum)) return sum;
  throw new NotAnIntegerError(
    `Adding ${by} to '${key}' leaves the whole numbers within 2^53; the counter is unchanged.`,
  );
}

function refuseUnsafe(name: string, value: unknown): void {
  if (Number.isSafeInteger(value)) return;
  throw new InvalidOptionError(`${name} is ${String(value)}: write a whole number within 2^53, such as 1 or -1.`);
}
