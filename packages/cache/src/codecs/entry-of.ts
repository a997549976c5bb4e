import type { Entry, Version } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';
import type { Attributes } from './envelope-attributes.js';

interface Times {
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** Written out, because a frozen object made by spreading gets a hidden class of its own every time. */
export function entryOf(value: unknown, version: Version, times: Times, attributes: Attributes): Entry {
  const { createdAt, freshUntil, staleUntil } = times;
  const { tags, indexes, loadMillis, contentType, etag, lastModified } = attributes;
  const entry: Writable<Entry> = { value, createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) entry.loadMillis = loadMillis;
  if (contentType !== undefined) entry.contentType = contentType;
  if (etag !== undefined) entry.etag = etag;
  if (lastModified !== undefined) entry.lastModified = lastModified;
  return Object.freeze(entry);
}
