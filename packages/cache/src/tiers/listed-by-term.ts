import type { StoreOutcomes } from './store-outcomes.js';
import type { StoreTier } from './store-tier.js';

const keysPerStep = 512;

/** All live keys of a term, page by page. Rejects where the store cannot say. */
export async function listedByTerm(
  term: { readonly name: string; readonly value: string },
  store: StoreTier,
  outcomes: StoreOutcomes,
): Promise<string[]> {
  const all: string[] = [];
  let cursor: string | undefined;
  do {
    const page = outcomes.orThrow('keysByTerm', await store.keysByTerm(term, { cursor, limit: keysPerStep }));
    all.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
