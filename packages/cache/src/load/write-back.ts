import type { EntryDetails } from '../contracts/entry.js';
import type { Loaded } from '../contracts/load.js';
import type { SurveyedValue } from '../contracts/tier.js';
import { lifetimeFrom } from '../policy/lifetime.js';
import type { LoadLayer, LoadRequest } from './load-layer.js';

/**
 * Stores what was loaded. Not if the key was set, deleted or cleared since the load began: the loader may have read
 * its source before that happened. The callers of this load get its value all the same.
 */
export const writeBack: LoadLayer =
  (next, { tiers, sharing, clock }) =>
  async (request) => {
    const token = tiers.fence.begin(request.key);
    try {
      const outcome = await next(request);
      const { loaded } = outcome;
      if (loaded === undefined || loaded.skipped || loaded.value === undefined) return outcome;
      const survey = sharing.admit(loaded.value);
      if (token.isCurrent()) await tiers.set([[request.key, entryOf(request, loaded, survey)]]);
      return { ...outcome, value: survey.value, isMutable: survey.isMutable };
    } finally {
      token.end();
    }

    function entryOf({ ttl, details }: LoadRequest, loaded: Loaded, survey: SurveyedValue) {
      return {
        survey,
        createdAt: loaded.startedAt,
        ...lifetimeFrom(clock.now(), loaded.ttl ?? ttl),
        version: undefined,
        details: loaded.tags === undefined ? details : withTags(details, loaded.tags),
        loadMillis: loaded.millis,
      };
    }
  };

function withTags(details: EntryDetails | undefined, tags: readonly string[]): EntryDetails {
  return { tags, indexes: details?.indexes ?? {}, contentType: details?.contentType };
}
