import type { EntryDefaults, LoaderTimeout, LoadOptions, WriteOptions } from '../contracts/cache.js';
import type { Lifespan, RefreshAhead } from '../contracts/entry.js';
import type { Duration, Millis } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { parseDuration, parseWindow } from './duration.js';
import { refuseUnknownOptions } from './known-options.js';

/** How `getOrSet` loads. `Infinity` is no timeout. */
export interface LoadManner {
  readonly softTimeout: Millis;
  readonly hardTimeout: Millis;
  readonly refreshAhead: RefreshAhead;
}

/** What a namespace does unless a call says otherwise, complete. */
export interface ResolvedDefaults {
  readonly lifespan: Lifespan;
  readonly manner: LoadManner;
}

export const entryDefaultNames = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'refreshAhead',
  'loaderTimeout',
] as const;

const factoryDefaults: ResolvedDefaults = Object.freeze({
  lifespan: Object.freeze({ ttl: 300_000, staleWhileRevalidate: 0, staleIfError: 0, jitter: 0 }),
  manner: Object.freeze({
    softTimeout: Number.POSITIVE_INFINITY,
    hardTimeout: Number.POSITIVE_INFINITY,
    refreshAhead: undefined,
  }),
});

/** What is given, and what `parent` does for the rest. */
export function resolveDefaults(defaults: EntryDefaults, parent: ResolvedDefaults = factoryDefaults): ResolvedDefaults {
  return Object.freeze({
    lifespan: Object.freeze(resolveLifespan(defaults, parent.lifespan)),
    manner: resolveManner(defaults, parent.manner),
  });
}

/** `parent` itself where nothing is given. */
export function resolveLifespan(options: WriteOptions, parent: Lifespan): Lifespan {
  const { ttl, staleWhileRevalidate, staleIfError, jitter } = options;
  if (ttl === undefined && staleWhileRevalidate === undefined && staleIfError === undefined && jitter === undefined) {
    return parent;
  }
  return {
    ttl: ttl === undefined ? parent.ttl : parseDuration(ttl, 'ttl'),
    staleWhileRevalidate: window('staleWhileRevalidate', staleWhileRevalidate, parent.staleWhileRevalidate),
    staleIfError: window('staleIfError', staleIfError, parent.staleIfError),
    jitter: resolveJitter(jitter, parent.jitter),
  };
}

/** `parent` itself where nothing is given. */
export function resolveManner({ loaderTimeout, refreshAhead }: LoadOptions, parent: LoadManner): LoadManner {
  if (loaderTimeout === undefined && refreshAhead === undefined) return parent;
  return Object.freeze({
    ...resolveTimeouts(loaderTimeout, parent),
    refreshAhead: refreshAhead === undefined ? parent.refreshAhead : resolveRefreshAhead(refreshAhead),
  });
}

function window(name: string, given: Duration | undefined, fallback: Millis): Millis {
  return given === undefined ? fallback : parseWindow(given, name);
}

function resolveJitter(given: Duration | undefined, fallback: Millis): Millis {
  const jitter = window('jitter', given, fallback);
  if (jitter !== Number.POSITIVE_INFINITY) return jitter;
  throw new InvalidOptionError("jitter is 'never', which is no length to draw from: write '30s', for example.");
}

function resolveTimeouts(given: LoaderTimeout | undefined, parent: LoadManner): Omit<LoadManner, 'refreshAhead'> {
  if (given === undefined) return { softTimeout: parent.softTimeout, hardTimeout: parent.hardTimeout };
  refuseUnknownOptions('loaderTimeout', given, ['soft', 'hard']);
  const softTimeout = given.soft === undefined ? parent.softTimeout : parseDuration(given.soft, 'loaderTimeout.soft');
  const hardTimeout = given.hard === undefined ? parent.hardTimeout : parseDuration(given.hard, 'loaderTimeout.hard');
  if (given.soft === undefined || softTimeout < hardTimeout || softTimeout === Number.POSITIVE_INFINITY) {
    return { softTimeout, hardTimeout };
  }
  throw new InvalidOptionError(
    `loaderTimeout.soft is not shorter than loaderTimeout.hard (${hardTimeout} ms): it would never have an effect.`,
  );
}

function resolveRefreshAhead(refreshAhead: number | 'auto' | false): RefreshAhead {
  if (refreshAhead === false) return undefined;
  if (refreshAhead === 'auto') return refreshAhead;
  if (typeof refreshAhead === 'number' && refreshAhead > 0 && refreshAhead < 1) return refreshAhead;
  throw new InvalidOptionError(
    `refreshAhead is ${String(refreshAhead)}: write a fraction of the life between 0 and 1, such as 0.8, or 'auto'.`,
  );
}
