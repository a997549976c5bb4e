import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Compressor } from './compressor.js';

const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const brotliCompress = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const brotliDecompress = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);

/** Three times as fast as level 6 on JSON, and as small within a few per cent (bench/README.md). */
const gzipOptions: zlib.ZlibOptions = { level: 3 };

export const gzipCompressor: Compressor = {
  compressNow: (payload) => zlib.gzipSync(payload, gzipOptions),
  compress: (payload) => gzip(payload, gzipOptions),
  decompressNow: (body, length) => zlib.gunzipSync(body, roomFor(length)),
  decompress: (body, length) => gunzip(body, roomFor(length)),
};

/** Quality 11, Node's default, takes a hundred times as long: made for files that are compressed once. */
function brotliOptions(payload: Uint8Array): zlib.BrotliOptions {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  return { params: { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_SIZE_HINT]: payload.byteLength } };
}

export const brotliCompressor: Compressor = {
  compressNow: (payload) => zlib.brotliCompressSync(payload, brotliOptions(payload)),
  compress: (payload) => brotliCompress(payload, brotliOptions(payload)),
  decompressNow: (body, length) => zlib.brotliDecompressSync(body, roomFor(length)),
  decompress: (body, length) => brotliDecompress(body, roomFor(length)),
};

const largestChunk = 256 * 1024;

/** Whatever comes out beyond `length` is an error before it is allocated; what is small comes out in one piece. */
export function roomFor(length: number): { readonly maxOutputLength: number; readonly chunkSize: number } {
  return { maxOutputLength: Math.max(length, 1), chunkSize: Math.min(Math.max(length, 64), largestChunk) };
}
