import type { StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';

/**
 * What is to be told of the ends of entries: one sorted set a bucket, all scores 0, so that its rows stand in the order
 * of their bytes. Numbers are big-endian:
 *
 * | offset | size | content                                             |
 * |-------:|-----:|-----------------------------------------------------|
 * |      0 |    8 | deadline, float64 milliseconds: greater than 0      |
 * |      8 |    4 | k: bytes of the key                                 |
 * |     12 |    k | the key, without the bucket's part of it            |
 * |   12+k | rest | the note, UTF-8                                     |
 *
 * What ends first stands first. All before the note (the start of the row) is known of an entry that stands, so its row is
 * found without its note: no byte of a note is 255. A row stays until it was told, also where its key is written again.
 *
 * The scripts know the same layout: change them together.
 */
const keyLengthOffset = 8;
const keyOffset = 12;

/** Beyond every byte of a row. */
const beyond = 0xff;

/** The end of a write that is to be told. */
export interface Ending {
  readonly expiresAt: Millis;
  readonly note: string;
}

/** `undefined` where nothing is to be told, or there is no end; Redis is told of none either beyond 9e15. */
export function endingOf({ expiresAt, expiryNote }: Pick<StoreWrite, 'expiresAt' | 'expiryNote'>): Ending | undefined {
  return expiryNote !== undefined && expiresAt > 0 && expiresAt < 9e15 ? { expiresAt, note: expiryNote } : undefined;
}

/** `key` is the user's. */
export function endingRow(key: Uint8Array, { expiresAt, note }: Ending): Buffer {
  return Buffer.concat([startOf(key, expiresAt), Buffer.from(note)]);
}

/** What the row of an end begins with, and no other row does. */
export function startOf(key: Uint8Array, expiresAt: Millis): Buffer {
  const start = Buffer.allocUnsafe(keyOffset + key.length);
  start.writeDoubleBE(expiresAt, 0);
  start.writeUInt32BE(key.length, keyLengthOffset);
  start.set(key, keyOffset);
  return start;
}

export function readEndingRow(row: Buffer): Ending & { readonly key: string; readonly start: Buffer } {
  const start = row.subarray(0, keyOffset + row.readUInt32BE(keyLengthOffset));
  const key = start.toString('utf8', keyOffset);
  return { key, expiresAt: row.readDoubleBE(0), note: row.toString('utf8', start.length), start };
}

/** As ZRANGEBYLEX has it: behind the row with this start. */
export function behind(start: Buffer): Buffer {
  return Buffer.concat([Buffer.from('('), start, Buffer.of(beyond)]);
}

/** As ZRANGEBYLEX has it: up to the last row that has ended at `now`. */
export function upTo(now: Millis): Buffer {
  const end = Buffer.alloc(keyLengthOffset + 2, beyond);
  end.write('[');
  // The sign of a number below 0 would sort behind all others.
  end.writeDoubleBE(Math.max(now, 0), 1);
  return end;
}
