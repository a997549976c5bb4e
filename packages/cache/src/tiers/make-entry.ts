import type { Entry, EntryDetails, Version } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';

interface EntryParts {
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
  readonly details: EntryDetails;
}

/** The public, frozen form of an entry. */
export function makeEntry(
  value: unknown,
  version: Version,
  { createdAt, freshUntil, staleUntil, details }: EntryParts,
): Entry {
  const { tags, indexes, contentType, loadMillis } = details;
  const entry = { value, createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) Object.assign(entry, { loadMillis });
  if (contentType !== undefined) Object.assign(entry, { contentType });
  return Object.freeze(entry);
}

/** The parts of an entry that most entries leave empty. */
export function detailsOf({ tags, indexes, contentType, loadMillis }: Entry): EntryDetails {
  return { tags, indexes, contentType, loadMillis };
}
