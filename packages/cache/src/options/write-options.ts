import type { WriteOptions } from '../contracts/cache.js';
import type { EntryDetails, IndexTerms, Lifespan } from '../contracts/entry.js';
import type { Duration } from '../contracts/time.js';
import { InvalidKeyError, InvalidOptionError } from '../errors.js';
import { resolveLifespan } from './entry-defaults.js';
import { refuseUnknownOptions } from './known-options.js';

export interface ResolvedWriteOptions {
  readonly lifespan: Lifespan;
  readonly details: EntryDetails | undefined;
}

const noTags: readonly string[] = Object.freeze([]);
const noIndexes: IndexTerms = Object.freeze({});

/** What every way of writing an entry accepts. */
export const writeOptionNames: ReadonlySet<string> = new Set([
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'tags',
  'indexes',
  'contentType',
]);

export const setOptionNames: ReadonlySet<string> = new Set([...writeOptionNames, 'ifVersion']);
export const setEntryOptionNames: ReadonlySet<string> = new Set([...setOptionNames, 'ifAbsent']);

/** The options of one write, complete, with the namespace's defaults for the life that the write does not name. */
export function resolveWriteOptions(
  options: WriteOptions | undefined,
  defaults: Lifespan,
  place = 'A write',
  known = writeOptionNames,
): ResolvedWriteOptions {
  if (options === undefined) return { lifespan: defaults, details: undefined };
  if (options?.ttl !== undefined && namesTtlAlone(options)) return withTtl(options.ttl, defaults);
  refuseUnknownOptions(place, options, known);
  return {
    lifespan: resolveLifespan(options, defaults),
    details: resolveDetails(options),
  };
}

/** Most writes say how long, and nothing else. */
function namesTtlAlone(options: WriteOptions): boolean {
  let names = 0;
  for (const name in options) {
    if (name !== 'ttl') return false;
    names++;
  }
  return names === 1 && !Array.isArray(options);
}

/** What the last write with a `ttl` alone came to: as a rule the next one has the same. */
let latest: ResolvedWriteOptions | undefined;
let latestTtl: Duration | undefined;
let latestDefaults: Lifespan | undefined;

function withTtl(ttl: Duration, defaults: Lifespan): ResolvedWriteOptions {
  if (latest !== undefined && ttl === latestTtl && defaults === latestDefaults) return latest;
  latest = Object.freeze({ lifespan: Object.freeze(resolveLifespan({ ttl }, defaults)), details: undefined });
  latestTtl = ttl;
  latestDefaults = defaults;
  return latest;
}

function resolveDetails({ tags, indexes, contentType }: WriteOptions): EntryDetails | undefined {
  if (tags === undefined && indexes === undefined && contentType === undefined) return undefined;
  return Object.freeze({
    tags: tags === undefined ? noTags : resolveTags(tags),
    indexes: indexes === undefined ? noIndexes : resolveIndexes(indexes),
    contentType: contentType === undefined ? undefined : resolveContentType(contentType),
    etag: undefined,
    lastModified: undefined,
  });
}

/** A frozen copy without repetitions. */
export function resolveTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags)) throw new InvalidOptionError("tags is not an array: write tags: ['user:1'].");
  if (tags.length === 0) return noTags;
  for (const tag of tags) refuseBadTerm('a tag', tag);
  return Object.freeze([...new Set(tags)]);
}

function resolveIndexes(indexes: IndexTerms): IndexTerms {
  if (typeof indexes !== 'object' || indexes === null || Array.isArray(indexes)) {
    throw new InvalidOptionError("indexes is not an object: write indexes: { user: 'alice' }.");
  }
  const terms = Object.entries(indexes);
  if (terms.length === 0) return noIndexes;
  for (const [name, value] of terms) checkTerm(name, value);
  return Object.freeze({ ...indexes });
}

/** @throws InvalidKeyError unless an entry can be set under this term */
export function checkTerm(name: unknown, value: unknown): void {
  refuseBadTerm('the name of an index', name);
  refuseBadTerm(`indexes.${String(name)}`, value);
}

const longestTerm = 1_024;

function refuseBadTerm(what: string, term: unknown): void {
  if (typeof term !== 'string' || term === '' || term.length > longestTerm || !term.isWellFormed()) {
    throw new InvalidKeyError(`${what} must be well-formed text of 1 to ${longestTerm} characters.`);
  }
}

function resolveContentType(contentType: string): string {
  if (typeof contentType === 'string' && contentType.length <= 255 && /^[\x20-\x7e]+$/.test(contentType))
    return contentType;
  throw new InvalidOptionError("contentType must be printable ASCII of at most 255 characters: write 'text/plain'.");
}
