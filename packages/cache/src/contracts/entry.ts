import type { Millis } from './time.js';

/** The terms under which an entry can be found again: `{ user: 'alice', plan: 'pro' }`. */
export type IndexTerms = Readonly<Record<string, string>>;

/** Identifies one write of one key. Two writes never share a version; a touch keeps it. */
export type Version = string;

/** A value with its times, tags and terms. Frozen: a change is a new entry. */
export interface Entry<T = unknown> {
  /** What was set. `null` is a value; `undefined` is never stored. */
  readonly value: T;
  /** When the write began; for a loaded value, the START of the load: an invalidation during the load then wins. */
  readonly createdAt: Millis;
  /** Until then the entry answers reads as fresh. `Infinity` for `'never'`. */
  readonly freshUntil: Millis;
  /** The physical end: the time to live plus the longest stale window. Stores are told this. */
  readonly staleUntil: Millis;
  /** Changes at every write: what `ifVersion` compares and an ETag is made of. */
  readonly version: Version;
  readonly tags: readonly string[];
  readonly indexes: IndexTerms;
  /** How long the loader took, where there was one. */
  readonly loadMillis?: number;
  /** The media type of the value, for front ends that serve it over HTTP. */
  readonly contentType?: string;
  /** What the loader said with `setValidators`. */
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What few entries carry besides value, times and version. */
export interface EntryDetails {
  readonly tags: readonly string[];
  readonly indexes: IndexTerms;
  readonly contentType: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** How long an entry is to live, in milliseconds. */
export interface Lifespan {
  readonly ttl: Millis;
  readonly staleWhileRevalidate: Millis;
  readonly staleIfError: Millis;
  readonly jitter: Millis;
}

/** Renew early: after this fraction of the life, by chance (`'auto'`), or not at all. */
export type RefreshAhead = number | 'auto' | undefined;
