import type { KeysOptions, KeysPage } from '../contracts/cache.js';
import type { Tiers } from '../contracts/tier.js';
import { InvalidOptionError } from '../errors.js';
import { keyPattern } from '../keys/key-pattern.js';

const keysPerPage = 512;

export type PageOptions = KeysOptions & { readonly cursor?: string | undefined; readonly limit?: number };

/** One page of the keys that begin with `prefix` and match `match`; with `held`, of those of stale entries too. */
export async function listPage(tiers: Tiers, options: PageOptions, held = false): Promise<KeysPage> {
  const { prefix = '', match, cursor, limit = keysPerPage } = options;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidOptionError(`limit is ${String(limit)}: write a whole number from 1 on.`);
  }
  const pattern = match === undefined ? undefined : keyPattern(match);
  const scanned = narrowest(prefix, pattern?.literalPrefix ?? '');
  if (scanned === undefined) return { keys: [] };
  const page = await tiers.keys(scanned, { cursor, limit, held });
  return pattern === undefined ? page : { ...page, keys: page.keys.filter((key) => pattern.matches(key)) };
}

/** All of them, page by page. */
export async function* listKeys(tiers: Tiers, options: KeysOptions): AsyncIterableIterator<string> {
  let cursor: string | undefined;
  do {
    const page: KeysPage = await listPage(tiers, { ...options, cursor });
    yield* page.keys;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The longer of two prefixes, if a key can begin with both. */
function narrowest(one: string, other: string): string | undefined {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(short) ? long : undefined;
}
