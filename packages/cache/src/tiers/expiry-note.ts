import type { Millis } from '../contracts/time.js';

/** What has to be known of an entry at its end, when nothing else of it may be left, to say whether it was still there. */
export interface ExpiryNote {
  readonly createdAt: Millis;
  readonly tags: readonly string[];
}

export function writeExpiryNote({ createdAt, tags }: ExpiryNote): string {
  return JSON.stringify([createdAt, ...tags]);
}

/** A note that cannot be read, of a later version perhaps, says that nothing has invalidated the entry. */
export function readExpiryNote(note: string): ExpiryNote {
  try {
    const [createdAt, ...tags] = JSON.parse(note) as unknown[];
    if (typeof createdAt === 'number' && tags.every((tag) => typeof tag === 'string')) return { createdAt, tags };
  } catch {}
  return { createdAt: Number.POSITIVE_INFINITY, tags: [] };
}
