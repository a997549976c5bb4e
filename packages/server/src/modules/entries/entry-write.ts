import type { Duration, IndexTerms } from '@larder/cache';
import type { Preconditions } from '../../http/conditional.js';

/** One write of one entry, whichever way it was asked for. */
export interface EntryWrite {
  readonly value: Uint8Array;
  readonly contentType: string;
  /** `undefined` leaves it to the default. */
  readonly ttlSeconds: number | undefined;
  readonly tags: readonly string[];
  readonly indexes: IndexTerms;
  readonly conditions: Preconditions;
}

/** Seconds, as the library takes them. */
export function asDuration(seconds: number): Duration {
  return `${seconds}s`;
}
