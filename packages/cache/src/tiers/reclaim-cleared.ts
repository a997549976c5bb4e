import type { Millis } from '../contracts/time.js';
import type { StoreTier } from './store-tier.js';

const keysPerStep = 512;

/** Removes what a clear has hidden, page by page. What a failing store keeps stays hidden all the same. */
export async function reclaimCleared(store: StoreTier, clearedAt: Millis, closing: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await store.heldKeys({ cursor, limit: keysPerStep });
    if (!page.ok || !(await store.deleteCreatedUpTo(page.value.keys, clearedAt)).ok) return;
    cursor = page.value.cursor;
  } while (cursor !== undefined && !closing.aborted);
}
