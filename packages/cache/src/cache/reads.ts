import type { Found, Tiers } from '../contracts/tier.js';
import type { Clock } from '../contracts/time.js';
import { checkKey } from '../keys/check-key.js';
import { isFresh } from '../policy/lifetime.js';
import type { NamespaceParts } from './namespace-parts.js';
import type { NamespaceReport } from './namespace-report.js';

/** The reads of one namespace that do not load: check, ask the tiers, report. */
export class Reads {
  readonly #tiers: Tiers;
  readonly #report: NamespaceReport;
  readonly #clock: Clock;

  constructor({ tiers, report }: NamespaceParts, clock: Clock) {
    this.#tiers = tiers;
    this.#report = report;
    this.#clock = clock;
  }

  /** Throws, not rejects, what is wrong with the call. At once where the tiers answer at once. */
  find(key: string): Found | undefined | Promise<Found | undefined> {
    checkKey(key);
    return this.#tiers.read(key, this.#reported);
  }

  /** As {@link Reads.find}. A value is never a promise: none can be set. */
  value(key: string): unknown {
    checkKey(key);
    return this.#tiers.read(key, this.#reportedValue);
  }

  /** What is fresh in memory. A miss is no miss yet: whoever wants to know asks on. */
  findNow(key: string): Found | undefined {
    checkKey(key);
    const now = this.#clock.coarseNow();
    const found = this.#tiers.peek(key, now);
    if (found === undefined || !isFresh(found.entry, now)) return undefined;
    this.#report.hit(key, found.tier, found.entry, 'fresh');
    return found;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    for (let at = 0; at < keys.length; at++) checkKey(keys[at]);
    const found = keys.length === 0 ? [] : await this.#tiers.get(keys);
    const values = new Map<string, unknown>();
    for (let at = 0; at < keys.length; at++) {
      const hit = this.#reported(keys[at] as string, found[at]);
      if (hit !== undefined) values.set(keys[at] as string, hit.value);
    }
    return values;
  }

  /** Of `keys`, which were found under the term: since then one may have ended, or have been written without it. */
  async valuesByTerm(name: string, value: string, keys: readonly string[]): Promise<unknown[]> {
    const found = keys.length === 0 ? [] : await this.#tiers.get(keys);
    const entries = keys.map((key, at) => this.#reported(key, found[at])?.entry);
    return entries.filter((entry) => entry?.indexes[name] === value).map((entry) => entry?.value);
  }

  readonly #reportedValue = (key: string, found: Found | undefined): unknown => this.#reported(key, found)?.value;

  /** Only what is fresh is a hit here: a stale entry is there for `getOrSet`. */
  readonly #reported = (key: string, found: Found | undefined): Found | undefined => {
    if (found !== undefined && isFresh(found, this.#clock.now())) {
      this.#report.hit(key, found.tier, found, 'fresh');
      return found;
    }
    this.#report.miss(key);
    return undefined;
  };
}
