import type { Loaded, LoaderContext, NotModified, StaleValue, Validators } from '../contracts/load.js';
import type { Clock, Millis } from '../contracts/time.js';
import { InvalidOptionError, NothingToRenewError } from '../errors.js';
import { parseDuration } from '../options/duration.js';
import { resolveTags } from '../options/write-options.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadOutcome, LoadRequest } from './load-layer.js';

/** What `notModified()` answers; compared by identity, so that no value can be mistaken for it. */
const notModified = Object.freeze({}) as NotModified;

/** The centre of the pipeline: runs the loader and gathers what it said. */
export function callLoader(kit: LoadKit): LoadFn {
  /** Written with `then`, and no async function: every miss that waits for a store comes by here. */
  return (request) => {
    const call = new LoaderCall(request, kit);
    return call.answer().then(
      (answer) => call.outcomeOf(answer),
      (error) => {
        throw call.failureOf(error);
      },
    );
  };
}

/** One call of a loader, from its beginning to what it came to. */
export class LoaderCall {
  readonly #request: LoadRequest;
  readonly #clock: Clock;
  readonly #said: Said;
  readonly #begin: Millis;

  constructor(request: LoadRequest, { clock, sharing }: LoadKit) {
    this.#request = request;
    this.#clock = clock;
    this.#begin = request.flight?.begunAt ?? clock.now();
    this.#said = new Said(request, sharing);
  }

  /** Runs it. What the loader throws is its answer, too. */
  answer(): Promise<unknown> {
    const { loader, flight } = this.#request;
    if (flight !== undefined) flight.isCallingLoader = true;
    try {
      return Promise.resolve(loader(this.#said));
    } catch (error) {
      return Promise.reject(error);
    } finally {
      if (flight !== undefined) flight.isCallingLoader = false;
    }
  }

  /** @throws LoadFailure if there was nothing to renew */
  outcomeOf(answer: unknown): LoadOutcome {
    const { key, cached, flight } = this.#request;
    if (answer === notModified && cached === undefined) throw this.failureOf(new NothingToRenewError(key));
    const loaded = this.#said.toLoaded(answer, flight?.startedAt ?? this.#begin, this.#begin, this.#clock.now());
    return { value: loaded.value, from: 'loader', isMutable: false, loaded, flight };
  }

  failureOf(error: unknown): LoadFailure {
    return new LoadFailure(error, this.#clock.now() - this.#begin, this.#request.flight);
  }
}

/**
 * The context of one load, and what its loader said through it. The functions are made when they are asked for, because
 * most loaders use none, and work apart from the object.
 */
class Said implements LoaderContext {
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
