import type { Cache } from '@larder/cache';

const keysPerPage = 64;

/** Walks all live entries and adds up their number and the bytes of their keys and values. */
export async function takeCensus(entries: Cache<Uint8Array>, signal: AbortSignal): Promise<CensusCount> {
  const count = { entries: 0, bytes: 0 };
  let cursor: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await entries.keysPage({ cursor, limit: keysPerPage });
    for (const [key, value] of await entries.getMany(page.keys)) {
      count.entries++;
      count.bytes += sizeOf(key, value.byteLength);
    }
    cursor = page.cursor;
    // Embedded stores answer at once: without this, nothing else would be done until the end.
    await new Promise((resolve) => setImmediate(resolve));
  } while (cursor !== undefined);
  return count;
}

export interface CensusCount {
  readonly entries: number;
  readonly bytes: number;
}

/** What an entry counts as: the bytes of its key in UTF-8 and of its value. */
export function sizeOf(key: string, valueBytes: number): number {
  return Buffer.byteLength(key) + valueBytes;
}
