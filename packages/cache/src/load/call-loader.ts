import type { Loaded, LoaderContext, NotModified, StaleValue, Validators } from '../contracts/load.js';
import type { Millis } from '../contracts/time.js';
import { InvalidOptionError, NothingToRenewError } from '../errors.js';
import { parseDuration } from '../options/duration.js';
import { resolveTags } from '../options/write-options.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadOutcome, LoadRequest } from './load-layer.js';

/** What `notModified()` answers; compared by identity, so that no value can be mistaken for it. */
const notModified = Object.freeze({}) as NotModified;

/** The centre of the pipeline: runs the loader and gathers what it said. */
export function callLoader({ clock, sharing }: LoadKit): LoadFn {
  /** Written with `then`, and no async function: every miss that waits for a store comes by here. */
  return (request) => {
    const begin = request.flight?.begunAt ?? clock.now();
    const said = new Said(request, sharing);
    return answerOf(request, said).then(
      (answer) => outcomeOf(request, said, answer, begin, clock.now()),
      (error) => {
        throw new LoadFailure(error, clock.now() - begin, request.flight);
      },
    );
  };
}

/** What the loader throws is its answer, too. */
export function answerOf({ loader, flight }: LoadRequest, context: LoaderContext): Promise<unknown> {
  if (flight !== undefined) flight.isCallingLoader = true;
  try {
    return Promise.resolve(loader(context));
  } catch (error) {
    return Promise.reject(error);
  } finally {
    if (flight !== undefined) flight.isCallingLoader = false;
  }
}

/** @throws LoadFailure if there was nothing to renew */
export function outcomeOf(
  request: LoadRequest,
  said: Said,
  answer: unknown,
  begin: Millis,
  endedAt: Millis,
): LoadOutcome {
  const { key, cached, flight } = request;
  if (answer === notModified && cached === undefined)
    throw new LoadFailure(new NothingToRenewError(key), endedAt - begin, flight);
  const loaded = said.toLoaded(answer, flight?.startedAt ?? begin, begin, endedAt);
  return { value: loaded.value, from: 'loader', isMutable: false, loaded, flight };
}

/**
 * The context of one load, and what its loader said through it. The functions are made when they are asked for, because
 * most loaders use none, and work apart from the object.
 */
export class Said implements LoaderContext {
  readonly key: string;
  readonly #request: LoadRequest;
  readonly #sharing: SharingMode;
  #ttl: Millis | undefined;
  #tags: readonly string[] | undefined;
  #validators: Validators | undefined;
  #skipped = false;

  constructor(request: LoadRequest, sharing: SharingMode) {
    this.key = request.key;
    this.#request = request;
    this.#sharing = sharing;
  }

  get signal(): AbortSignal {
    return this.#request.flight?.signal ?? AbortSignal.abort();
  }

  get stale(): StaleValue<unknown> | undefined {
    const entry = this.#request.cached?.entry;
    if (entry === undefined) return undefined;
    const { etag, lastModified } = entry;
    return { value: this.#sharing.copyForReader(entry.value), etag, lastModified };
  }

  get setTtl() {
    return (ttl: Parameters<LoaderContext['setTtl']>[0]): void => {
      this.#ttl = parseDuration(ttl, 'setTtl()');
    };
  }

  get setTags() {
    return (tags: readonly string[]): void => {
      this.#tags = resolveTags(tags);
    };
  }

  get setValidators() {
    return ({ etag, lastModified }: Validators): void => {
      this.#validators = {
        etag: checkValidator('etag', etag),
        lastModified: checkValidator('lastModified', lastModified),
      };
    };
  }

  get notModified() {
    return (): NotModified => notModified;
  }

  get skip() {
    return (): void => {
      this.#skipped = true;
    };
  }

  toLoaded(answer: unknown, startedAt: Millis, begin: Millis, endedAt: Millis): Loaded {
    const isNotModified = answer === notModified;
    return {
      value: isNotModified ? this.#request.cached?.entry.value : answer,
      startedAt,
      endedAt,
      millis: endedAt - begin,
      ttl: this.#ttl,
      tags: this.#tags,
      validators: this.#validators,
      notModified: isNotModified,
      skipped: this.#skipped,
    };
  }
}

function checkValidator(name: string, validator: string | undefined): string | undefined {
  if (validator === undefined) return undefined;
  if (typeof validator === 'string' && validator.length <= 1_024 && validator.isWellFormed()) return validator;
  throw new InvalidOptionError(`setValidators(): ${name} must be well-formed text of at most 1,024 characters.`);
}
