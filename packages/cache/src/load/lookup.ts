import type { LoadLayer } from './load-layer.js';

/** Answers from the tiers if they have the key. */
export const lookup: LoadLayer =
  (next, { tiers, sharing }) =>
  async (request) => {
    const found = await tiers.find(request.key);
    if (found === undefined) return next(request);
    const { value } = found.entry;
    return { value, from: found.tier, isMutable: sharing.isMutable(value) };
  };
