import type { Entry, EntryDetails, IndexTerms, Version } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';

interface EntryParts {
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
  readonly details: EntryDetails | undefined;
  readonly loadMillis: number | undefined;
}

const noTags: readonly string[] = Object.freeze([]);
const noIndexes: IndexTerms = Object.freeze({});

/** The public, frozen form of an entry. */
export function makeEntry(value: unknown, version: Version, parts: EntryParts): Entry {
  const { createdAt, freshUntil, staleUntil, details, loadMillis } = parts;
  const tags = details?.tags ?? noTags;
  const indexes = details?.indexes ?? noIndexes;
  const entry = { value, createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) Object.assign(entry, { loadMillis });
  if (details !== undefined) assignGiven(entry, details);
  return Object.freeze(entry);
}

function assignGiven(entry: object, { contentType, etag, lastModified }: EntryDetails): void {
  if (contentType !== undefined) Object.assign(entry, { contentType });
  if (etag !== undefined) Object.assign(entry, { etag });
  if (lastModified !== undefined) Object.assign(entry, { lastModified });
}

/** What the entry carries that most entries do not. */
export function detailsOf({ tags, indexes, contentType, etag, lastModified }: Entry): EntryDetails | undefined {
  const hasValidators = etag !== undefined || lastModified !== undefined;
  const isPlain = tags.length === 0 && contentType === undefined && Object.keys(indexes).length === 0;
  return isPlain && !hasValidators ? undefined : { tags, indexes, contentType, etag, lastModified };
}
