import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const extension = '.u32.gz';

export async function traceFiles(directory) {
  const names = (await readdir(directory)).filter((name) => name.endsWith(extension)).sort();
  if (names.length === 0) throw new Error(`No *${extension} file in ${directory}`);
  return names.map((name) => join(directory, name));
}

/** Gzipped unsigned 32-bit little-endian ids -> keys numbered from 0, and the hash that a store would give each. */
export async function readTrace(file, limit, hashKey) {
  const bytes = gunzipSync(await readFile(file));
  const length = Math.min(limit, Math.floor(bytes.length / 4));
  const requests = new Uint32Array(length);
  const numbers = new Map();
  for (let at = 0; at < length; at++) {
    const id = bytes.readUInt32LE(4 * at);
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    requests[at] = numbers.get(id);
  }
  const hashes = Int32Array.from(numbers.keys(), (id) => hashKey(String(id)));
  return { name: basename(file, extension), requests, distinct: numbers.size, hashes };
}
