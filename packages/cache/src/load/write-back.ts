import type { EntryDetails, Lifespan } from '../contracts/entry.js';
import type { Loaded } from '../contracts/load.js';
import type { EntryWrite, SurveyedValue } from '../contracts/tier.js';
import { refreshPoint, smoothedLoadMillis } from '../policy/early-refresh.js';
import { lifetimeFrom } from '../policy/lifetime.js';
import { detailsOf } from '../tiers/make-entry.js';
import { LoadFailure } from './load-failure.js';
import type { LoadKit, LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

const noTags: readonly string[] = Object.freeze([]);

/** Answers at once where no store has to be waited for. */
export type WriteBack = (request: LoadRequest, outcome: LoadOutcome) => LoadOutcome | Promise<LoadOutcome>;

export const writeBack: LoadLayer = (next, kit) => {
  const store = storeLoaded(kit);
  return (request) => next(request).then((outcome) => store(request, outcome));
};

/**
 * Stores what was loaded. Not if the key was written or deleted, or what it depends on invalidated, since the load
 * began: the loader may have read its source before that happened. The callers of this load get its value all the same.
 */
export function storeLoaded(kit: LoadKit): WriteBack {
  const { tiers, sharing } = kit;

  function store(request: LoadRequest, outcome: LoadOutcome): LoadOutcome | Promise<LoadOutcome> {
    const { loaded } = outcome;
    if (loaded === undefined) return outcome;
    const details = detailsFor(request, loaded);
    const invalidatedAt = tiers.invalidatedAt(loaded.startedAt, details?.tags ?? noTags);
    const renewsOutdated = loaded.notModified && request.isOutdated === true;
    const isOvertaken = invalidatedAt !== undefined || renewsOutdated || request.flight?.isCurrent === false;
    const known = isOvertaken ? { ...outcome, overtakenAt: invalidatedAt ?? 0 } : outcome;
    if (loaded.value === undefined) return loaded.skipped || isOvertaken ? known : forget(request, known);
    if (loaded.skipped) return uncached(known, loaded);
    const survey = admit(request, loaded);
    const { value, isMutable } = survey;
    if (isOvertaken) return { ...known, value, isMutable };
    const write = entryOf(request, loaded, survey, details, kit);
    const { freshUntil } = write;
    const filling = tiers.fill(request.key, write, loaded.endedAt, request.lease);
    // Written out: an object spread from another gets slow properties, and every miss comes by here.
    const stored: LoadOutcome = { value, from: 'loader', isMutable, loaded, flight: request.flight, freshUntil };
    if (filling === undefined) return stored;
    return filling.then((isStored) => (isStored ? stored : { ...known, value, isMutable, overtakenAt: 0 }));
  }

  /** Those who waited share what is not cached as well; what cannot be copied goes to all as it is. */
  function uncached(outcome: LoadOutcome, { value }: Loaded): LoadOutcome {
    try {
      const survey = sharing.admit(value);
      return { ...outcome, value: survey.value, isMutable: survey.isMutable };
    } catch {
      return outcome;
    }
  }

  /** A value that cannot be kept is a failure of the loader: told, backed off from, and covered by what is stale. */
  function admit({ flight }: LoadRequest, { value, millis }: Loaded): SurveyedValue {
    try {
      return sharing.admit(value);
    } catch (error) {
      throw new LoadFailure(error, millis, flight);
    }
  }

  /** The source has it no more: nothing stale may go on being served. */
  function forget(request: LoadRequest, outcome: LoadOutcome): LoadOutcome | Promise<LoadOutcome> {
    if (request.cached === undefined && request.reason !== 'forced') return outcome;
    const deleting = tiers.delete([request.key]);
    // Whoever asks for the key meanwhile waits too, unless somebody else writes it.
    request.flight?.beginWrite(tiers.fence.begin(request.key));
    return deleting.then(() => outcome);
  }

  return store;
}

function entryOf(
  { options, cached }: LoadRequest,
  loaded: Loaded,
  survey: SurveyedValue,
  details: EntryDetails | undefined,
  kit: LoadKit,
): EntryWrite {
  const lifespan: Lifespan = loaded.ttl === undefined ? options.lifespan : { ...options.lifespan, ttl: loaded.ttl };
  const createdAt = loaded.startedAt;
  const { freshUntil, staleUntil } = lifetimeFrom(loaded.endedAt, lifespan, lifespan.jitter === 0 ? 0 : kit.random());
  const loadMillis = smoothedLoadMillis(cached?.entry.loadMillis, loaded.millis);
  const refreshAt = refreshPoint({ createdAt, freshUntil, loadMillis }, options.manner.refreshAhead);
  const version = loaded.notModified ? cached?.entry.version : undefined;
  return {
    survey,
    createdAt,
    freshUntil,
    staleUntil,
    refreshAt,
    version,
    details,
    loadMillis,
  };
}

/** A value that was not modified keeps everything but its times. */
function detailsFor({ options, cached }: LoadRequest, loaded: Loaded): EntryDetails | undefined {
  const { tags, validators } = loaded;
  const before = loaded.notModified && cached !== undefined ? detailsOf(cached.entry) : options.details;
  if (tags === undefined && validators === undefined) return before;
  return {
    tags: tags ?? before?.tags ?? [],
    indexes: before?.indexes ?? {},
    contentType: before?.contentType,
    etag: validators === undefined ? before?.etag : validators.etag,
    lastModified: validators === undefined ? before?.lastModified : validators.lastModified,
  };
}
