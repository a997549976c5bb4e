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
  if (details?.contentType !== undefined) Object.assign(entry, { contentType: details.contentType });
  return Object.freeze(entry);
}

/** What the entry carries that most entries do not. */
export function detailsOf({ tags, indexes, contentType }: Entry): EntryDetails | undefined {
  const isPlain = tags.length === 0 && contentType === undefined && Object.keys(indexes).length === 0;
  return isPlain ? undefined : { tags, indexes, contentType };
}
