import { writeSync } from 'node:fs';

/** One line of JSON, in the pipe before this returns: a report that was made outlives the process. */
export function report(value) {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

export function writeOf(key, value, rest = {}) {
  const expiresAt = Number.POSITIVE_INFINITY;
  return { key, bytes: Buffer.from(value), expiresAt, version: `${Math.random()}`, indexes: {}, ...rest };
}

export function textOf(entry) {
  return entry && Buffer.from(entry.bytes).toString();
}
