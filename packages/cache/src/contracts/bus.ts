import type { Millis } from './time.js';

/** Tells the other processes that share a store what this one changed, so that their memory lets go of it. */
export interface Bus {
  written(namespace: string, keys: readonly string[]): void;
  tagsInvalidated(namespace: string, tags: readonly string[], time: Millis, remove: boolean): void;
  cleared(namespace: string, time: Millis): void;
}
