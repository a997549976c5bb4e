import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { viewOf } from '../value-codec.js';
import type { Compressor } from './compressor.js';
import { loadPackage } from './load-package.js';
import { roomFor } from './zlib-compressors.js';
import { zstdContentSize } from './zstd-frame.js';

/** What `node:zlib` has from Node.js 22.15 and 23.8 on. */
export interface ZlibZstdShape {
  zstdCompressSync(data: Uint8Array, options: object): Buffer;
  zstdDecompressSync(data: Uint8Array, options: object): Buffer;
  zstdCompress(data: Uint8Array, options: object, done: (error: Error | null, result: Buffer) => void): void;
  zstdDecompress(data: Uint8Array, options: object, done: (error: Error | null, result: Buffer) => void): void;
}

/** What is used of the package `@bokuweb/zstd-wasm`, which older versions of Node.js need. */
export interface ZstdWasmShape {
  init(): Promise<void>;
  compress(data: Uint8Array, level: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

const level = 3;

export function loadZstd(builtIn: object = zlib): Compressor | Promise<Compressor> {
  return 'zstdCompressSync' in builtIn ? fromZlib(builtIn as ZlibZstdShape) : fromWasm();
}

function fromZlib(node: ZlibZstdShape): Compressor {
  const compress = promisify<Uint8Array, object, Buffer>(node.zstdCompress);
  const decompress = promisify<Uint8Array, object, Buffer>(node.zstdDecompress);
  // Said in the frame, because decoders elsewhere allocate by it.
  const options = (payload: Uint8Array) => ({ pledgedSrcSize: payload.byteLength });
  return {
    compressNow: (payload) => node.zstdCompressSync(payload, options(payload)),
    compress: (payload) => compress(payload, options(payload)),
    decompressNow: (body, length) => node.zstdDecompressSync(checked(body, length), roomFor(length)),
    decompress: async (body, length) => decompress(checked(body, length), roomFor(length)),
  };
}

function fromWasm(): Promise<Compressor> | Compressor {
  const zstd = loadPackage('zstd', '@bokuweb/zstd-wasm') as ZstdWasmShape;
  // A second init() would tear the package's one instance from its memory, whoever made the first.
  return isReady(zstd) ? compressorFrom(zstd) : zstd.init().then(() => compressorFrom(zstd));
}

function isReady(zstd: ZstdWasmShape): boolean {
  try {
    return zstd.compress(Buffer.of(0), level).byteLength > 0;
  } catch {
    return false;
  }
}

/** WebAssembly runs on the event loop: what is large holds it up, with a turn of the loop between any two. */
function compressorFrom(zstd: ZstdWasmShape): Compressor {
  const compressNow = (payload: Uint8Array) => {
    const frame = zstd.compress(payload, level);
    // Somebody else may call init() again: what makes no frames any more makes nothing smaller either.
    return zstdContentSize(viewOf(frame)) === payload.byteLength ? frame : payload;
  };
  const decompressNow = (body: Buffer, length: number) => zstd.decompress(checked(body, length));
  return {
    compressNow,
    decompressNow,
    async compress(payload) {
      await setImmediate();
      return compressNow(payload);
    },
    async decompress(body, length) {
      await setImmediate();
      return decompressNow(body, length);
    },
  };
}

/** The package allocates what the frame says. */
function checked(body: Buffer, length: number): Buffer {
  if (zstdContentSize(body) !== length) throw new RangeError('The frame says another length.');
  return body;
}
