import type { GetOrSetOptions } from '../contracts/cache.js';
import type { EntryDetails, Lifespan } from '../contracts/entry.js';
import { InvalidOptionError } from '../errors.js';
import { type LoadManner, type ResolvedDefaults, resolveManner } from './entry-defaults.js';
import { resolveWriteOptions, writeOptionNames } from './write-options.js';

export interface ResolvedLoadOptions {
  readonly lifespan: Lifespan;
  readonly details: EntryDetails | undefined;
  readonly manner: LoadManner;
  readonly forceFresh: boolean;
  readonly signal: AbortSignal | undefined;
}

const loadOptionNames: ReadonlySet<string> = new Set([
  ...writeOptionNames,
  'refreshAhead',
  'loaderTimeout',
  'forceFresh',
  'signal',
]);

/** The options of one `getOrSet`, complete. */
export function resolveLoadOptions(
  options: GetOrSetOptions | undefined,
  defaults: ResolvedDefaults,
): ResolvedLoadOptions {
  const { lifespan, details } = resolveWriteOptions(options, defaults.lifespan, 'A load', loadOptionNames);
  if (options === undefined) {
    return { lifespan, details, manner: defaults.manner, forceFresh: false, signal: undefined };
  }
  const { forceFresh = false, signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal is no AbortSignal: write signal: controller.signal.');
  }
  return { lifespan, details, manner: resolveManner(options, defaults.manner), forceFresh, signal };
}
