import type { Size } from '../contracts/time.js';
import { refuseUnknownOptions } from './known-options.js';
import { oneOf } from './one-of.js';
import { parseSize } from './size.js';

/**
 * - `'gzip'`, `'brotli'`: by Node.js itself.
 * - `'lz4'`: by the package `lz4-napi`.
 * - `'zstd'`: by Node.js from 22.15 on, before that by the package `@bokuweb/zstd-wasm`.
 */
export type CompressionCodecName = 'gzip' | 'brotli' | 'lz4' | 'zstd';

export interface CompressionOptions {
  readonly codec: CompressionCodecName;
  /** Payloads larger than this are compressed, if that makes them smaller. Default `'1kb'`. */
  readonly above?: Size;
}

export interface ResolvedCompression {
  readonly codec: CompressionCodecName;
  /** Bytes. */
  readonly above: number;
}

export function resolveCompression(options: CompressionOptions): ResolvedCompression {
  refuseUnknownOptions('compression', options, ['codec', 'above']);
  return Object.freeze({
    codec: oneOf('compression.codec', options.codec, ['gzip', 'brotli', 'lz4', 'zstd']),
    above: parseSize(options.above ?? '1kb', 'compression.above'),
  });
}
