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
  const entry: Mutable<Entry> = { value, createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) entry.loadMillis = loadMillis;
  if (details !== undefined) assignGiven(entry, details);
  return Object.freeze(entry);
}

/** All but the value, for those who write it down and let go of it: freezing takes longer than writing does. */
export function makeHeader(version: Version, parts: EntryParts): Omit<Entry, 'value'> {
  const { createdAt, freshUntil, staleUntil, details, loadMillis } = parts;
  const tags = details?.tags ?? noTags;
  const indexes = details?.indexes ?? noIndexes;
  const header: Mutable<Omit<Entry, 'value'>> = { createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) header.loadMillis = loadMillis;
  if (details !== undefined) assignGiven(header, details);
  return header;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Not by `Object.assign`, which takes longer than all the rest. */
function assignGiven(entry: Mutable<Omit<Entry, 'value'>>, { contentType, etag, lastModified }: EntryDetails): void {
  if (contentType !== undefined) entry.contentType = contentType;
  if (etag !== undefined) entry.etag = etag;
  if (lastModified !== undefined) entry.lastModified = lastModified;
}

/** What the entry carries that most entries do not. */
export function detailsOf({ tags, indexes, contentType, etag, lastModified }: Entry): EntryDetails | undefined {
  const hasValidators = etag !== undefined || lastModified !== undefined;
  const isPlain = tags.length === 0 && contentType === undefined && Object.keys(indexes).length === 0;
  return isPlain && !hasValidators ? undefined : { tags, indexes, contentType, etag, lastModified };
}
