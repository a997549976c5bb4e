import type { Compressor } from './compressor.js';
import { loadPackage } from './load-package.js';

/** What is used of the package `lz4-napi`: LZ4 blocks with their length before them, in four bytes. */
export interface Lz4Shape {
  compressSync(data: Uint8Array): Buffer;
  compress(data: Uint8Array): Promise<Buffer>;
  uncompressSync(data: Uint8Array): Buffer;
  uncompress(data: Uint8Array): Promise<Buffer>;
}

export function loadLz4(): Compressor {
  const lz4 = loadPackage('lz4', 'lz4-napi') as Lz4Shape;
  return {
    compressNow: (payload) => lz4.compressSync(payload),
    compress: (payload) => lz4.compress(payload),
    decompressNow: (body, length) => lz4.uncompressSync(checked(body, length)),
    decompress: async (body, length) => lz4.uncompress(checked(body, length)),
  };
}

/** The package allocates what the block says. */
function checked(body: Buffer, length: number): Buffer {
  if (body.length < 4 || body.readUInt32LE(0) !== length) throw new RangeError('The block says another length.');
  return body;
}
