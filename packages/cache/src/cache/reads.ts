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
    const found = this.#tiers.find(key);
    return found instanceof Promise ? found.then((late) => this.#reported(key, late)) : this.#reported(key, found);
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
    for (const key of keys) checkKey(key);
    const found = keys.length === 0 ? [] : await this.#tiers.get(keys);
    const values = new Map<string, unknown>();
    for (const [at, key] of keys.entries()) {
      const hit = this.#reported(key, found[at]);
      if (hit !== undefined) values.set(key, hit.entry.value);
    }
    return values;
  }

  /** Of `keys`, which were found under the term: since then one may have ended, or have been written without it. */
  async valuesByTerm(name: string, value: string, keys: readonly string[]): Promise<unknown[]> {
    const found = keys.length === 0 ? [] : await this.#tiers.get(keys);
    const entries = keys.map((key, at) => this.#reported(key, found[at])?.entry);
    return entries.filter((entry) => entry?.indexes[name] === value).map((entry) => entry?.value);
  }

  /** Only what is fresh is a hit here: a stale entry is there for `getOrSet`. */
  #reported(key: string, found: Found | undefined): Found | undefined {
    if (found !== undefined && isFresh(found.entry, this.#clock.now())) {
      this.#report.hit(key, found.tier, found.entry, 'fresh');
      return found;
    }
    this.#report.miss(key);
    return undefined;
  }
}
