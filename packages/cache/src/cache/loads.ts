import type { GetOrSetManyOptions, GetOrSetOptions } from '../contracts/cache.js';
import type { Loader, ManyLoader } from '../contracts/load.js';
import type { Found, ReadToken } from '../contracts/tier.js';
import { InvalidOptionError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import type { LoadRequest } from '../load/load-layer.js';
import { BatchLoad } from '../load/load-many.js';
import { untilAborted } from '../load/until-aborted.js';
import type { ResolvedDefaults } from '../options/entry-defaults.js';
import { type ResolvedLoadOptions, resolveLoadOptions } from '../options/load-options.js';
import type { NamespaceParts } from './namespace-parts.js';

/** The reads of one namespace that may load: check, complete the options, run the pipeline. */
export class Loads {
  readonly #load: (request: LoadRequest) => Promise<unknown>;
  readonly #namespace: NamespaceParts;
  readonly #defaults: ResolvedDefaults;
  /** Of a call that names none. */
  readonly #plainOptions: ResolvedLoadOptions;

  constructor(namespace: NamespaceParts, defaults: ResolvedDefaults) {
    this.#namespace = namespace;
    this.#load = namespace.load;
    this.#defaults = defaults;
    this.#plainOptions = resolveLoadOptions(undefined, defaults);
  }

  getOrSet(key: string, loader: Loader<unknown>, options: GetOrSetOptions | undefined): Promise<unknown> {
    checkKey(key);
    if (typeof loader !== 'function') {
      throw new InvalidOptionError(`getOrSet() takes a function that loads '${key}': getOrSet(key, () => load(key)).`);
    }
    return this.#load(this.#request(key, loader, options, undefined));
  }

  async getOrSetMany(
    keys: readonly string[],
    loader: ManyLoader<unknown>,
    options: GetOrSetManyOptions = {},
  ): Promise<Map<string, unknown>> {
    const distinct = [...new Set(keys)];
    for (const key of distinct) checkKey(key);
    if (typeof loader !== 'function') {
      throw new InvalidOptionError('getOrSetMany() takes a function that loads many keys: getOrSetMany(keys, load).');
    }
    const { entryOptions, ...shared } = options;
    resolveLoadOptions(shared, this.#defaults).signal?.throwIfAborted();
    const batch = new BatchLoad(loader);
    const request = (key: string, readAhead: LoadRequest['readAhead']): LoadRequest => {
      const own = entryOptions?.(key);
      return this.#request(key, batch.load, own === undefined ? shared : { ...shared, ...own }, readAhead);
    };
    const loaded = await this.#loadAll(distinct, request, shared);
    const values = new Map<string, unknown>();
    for (const [at, key] of distinct.entries()) {
      const value = loaded[at];
      if (value !== undefined) values.set(key, value);
    }
    return values;
  }

  /** Reads the store once for all keys, where each request would go for its own. */
  async #loadAll(
    keys: readonly string[],
    requestFor: (key: string, readAhead: LoadRequest['readAhead']) => LoadRequest,
    { forceFresh: isForced = false, signal }: GetOrSetOptions,
  ): Promise<unknown[]> {
    if (keys.length === 0) return [];
    const { fence } = this.#namespace.tiers;
    const tokens = keys.map((key) => fence.begin(key));
    try {
      const found = isForced ? [] : await untilAborted(this.#readMissing(keys), signal);
      const requests = keys.map((key, at) => requestFor(key, { found: found[at], token: tokens[at] as ReadToken }));
      return await Promise.all(requests.map(this.#load));
    } finally {
      for (const token of tokens) token.end();
    }
  }

  /** What memory has needs no store, not even where it is stale. */
  async #readMissing(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const { tiers } = this.#namespace;
    const inMemory = keys.map((key) => tiers.peek(key));
    const missing = keys.filter((_, at) => inMemory[at] === undefined);
    const read = missing.length === 0 ? [].values() : (await tiers.get(missing)).values();
    return inMemory.map((found) => found ?? read.next().value);
  }

  #request(
    key: string,
    loader: Loader<unknown>,
    given: GetOrSetOptions | undefined,
    readAhead: LoadRequest['readAhead'],
  ): LoadRequest {
    const options = given === undefined ? this.#plainOptions : resolveLoadOptions(given, this.#defaults);
    options.signal?.throwIfAborted();
    const reason = options.forceFresh ? 'forced' : 'miss';
    return { key, loader, options, reason, readAhead, cached: undefined, flight: undefined };
  }
}
