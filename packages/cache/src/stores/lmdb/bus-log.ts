import type { Database, RangeOptions } from 'lmdb';
import type { Millis } from '../../contracts/time.js';

/**
 * The table `bus`: one row for each frame of the last minute, its key the position of the frame in the log, 8 bytes.
 * Numbers are big-endian:
 *
 * | offset | size | content                                                                       |
 * |-------:|-----:|-------------------------------------------------------------------------------|
 * |      0 |    8 | when it was appended, float64 milliseconds since the epoch                    |
 * |      8 |    8 | bytes of all frames that were ever appended, up to and with this one, float64 |
 * |     16 | rest | the frame                                                                     |
 *
 * Positions count from 1 without a gap. The newest row is never removed, so they go on where they were.
 */
const totalOffset = 8;
const headLength = 16;

/** What a reader may have missed for so long, or so much, is not kept for it: it is told that it missed something. */
export const kept = { milliseconds: 60_000, frames: 4096, bytes: 16 * 1024 * 1024 };

/** Seldom, so that an append costs one row; more rows than were appended since, so that the log gets shorter. */
const appendsPerTrim = 16;
const rowsPerTrim = 64;

/** What one look hands over before the event loop goes on. */
const framesPerReading = 256;
const bytesPerReading = 4 * 1024 * 1024;

/** How far the end is looked for step by step, which is cheaper than a cursor for as long as it is near. */
const stepsToEnd = 32;

export interface BusLog {
  /** Inside a write transaction only: positions are in the order of the commits. */
  append(row: Buffer, now: Millis): void;
  /** The position of the newest row; 0 where nothing was ever appended. */
  end(): number;
  /** What was appended after `position`, or as much as one look takes; `'trimmed'` where the next of it is gone. */
  after(position: number): LogReading | 'trimmed';
}

export interface LogReading {
  readonly frames: readonly Uint8Array[];
  readonly isWhole: boolean;
}

/** A row whose head is not filled in yet. */
export function prepareRow(frame: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(headLength + frame.byteLength);
  row.set(frame, headLength);
  return row;
}

export function busLog(table: Database<Buffer, Buffer>): BusLog {
  /** A position near the end, as a start for looking: perhaps of a transaction that was undone. */
  let nearEnd = 0;

  function end(): number {
    if (!isThere(nearEnd)) return endByCursor();
    for (let steps = 0; steps < stepsToEnd; steps++) {
      if (!isThere(nearEnd + 1)) return nearEnd;
      nearEnd += 1;
    }
    return endByCursor();
  }

  function endByCursor(): number {
    nearEnd = edge({ reverse: true, limit: 1 });
    return nearEnd;
  }

  /** The position of the first row, or of the last; 0 where there is none. */
  function edge(range: RangeOptions): number {
    for (const key of table.getKeys(range)) return positionOf(key);
    return 0;
  }

  function isThere(position: number): boolean {
    return table.getBinaryFast(rowKey(position)) !== undefined;
  }

  function append(row: Buffer, now: Millis): void {
    const last = end();
    const previous = table.getBinaryFast(rowKey(last));
    const position = last + 1;
    const total = (previous === undefined ? 0 : totalOf(previous)) + row.length - headLength;
    row.writeDoubleBE(now, 0);
    row.writeDoubleBE(total, totalOffset);
    table.putSync(rowKey(position), row);
    nearEnd = position;
    if (position % appendsPerTrim === 0) trim({ position, total, now });
  }

  function trim(newest: { position: number; total: number; now: Millis }): void {
    const first = edge({ limit: 1 });
    const beyond = Math.min(first + rowsPerTrim, newest.position);
    for (let position = first; position < beyond; position++) {
      const key = rowKey(position);
      const row = table.getBinaryFast(key);
      const isKept =
        row !== undefined &&
        newest.now - row.readDoubleBE(0) < kept.milliseconds &&
        newest.position - position < kept.frames &&
        newest.total - totalOf(row) < kept.bytes;
      if (isKept) return;
      table.removeSync(key);
    }
  }

  return {
    append,
    end,
    after(position) {
      const frames: Uint8Array[] = [];
      let bytes = 0;
      while (frames.length < framesPerReading && bytes < bytesPerReading) {
        const row = table.getBinary(rowKey(position + frames.length + 1));
        // Only the oldest rows are removed, so there is no gap behind a row that was found.
        if (row === undefined) {
          return frames.length === 0 && end() !== position ? 'trimmed' : { frames, isWhole: true };
        }
        frames.push(row.subarray(headLength));
        bytes += row.length;
      }
      return { frames, isWhole: false };
    },
  };
}

function rowKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(position / 2 ** 32), 0);
  key.writeUInt32BE(position >>> 0, 4);
  return key;
}

function positionOf(key: Buffer): number {
  return key.readUInt32BE(0) * 2 ** 32 + key.readUInt32BE(4);
}

function totalOf(row: Buffer): number {
  return row.readDoubleBE(totalOffset);
}
