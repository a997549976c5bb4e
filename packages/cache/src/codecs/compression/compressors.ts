import { ClientMissingError } from '../../errors.js';
import type { CompressionCodec, Compressor } from './compressor.js';
import { loadLz4 } from './lz4-compressor.js';
import { brotliCompressor, gzipCompressor } from './zlib-compressors.js';
import { loadZstd } from './zstd-compressor.js';

type Loaded = Compressor | Promise<Compressor> | ClientMissingError;

const load: Readonly<Record<CompressionCodec, () => Compressor | Promise<Compressor>>> = {
  gzip: () => gzipCompressor,
  brotli: () => brotliCompressor,
  lz4: loadLz4,
  zstd: loadZstd,
};

const loaded = new Map<CompressionCodec, Loaded>();

/**
 * The compressor of a codec; a promise while its package is on its way, which is once a process.
 *
 * @throws ClientMissingError if the codec needs a package that is not installed
 */
export function compressorOf(codec: CompressionCodec): Compressor | Promise<Compressor> {
  const found = loaded.get(codec) ?? loadOnce(codec);
  if (found instanceof ClientMissingError) throw found;
  return found;
}

function loadOnce(codec: CompressionCodec): Loaded {
  const result = loadNow(codec);
  loaded.set(codec, result);
  if (result instanceof Promise) {
    result.then(
      (compressor) => loaded.set(codec, compressor),
      (error: unknown) => loaded.set(codec, missing(codec, error)),
    );
  }
  return result;
}

function loadNow(codec: CompressionCodec): Loaded {
  try {
    return load[codec]();
  } catch (error) {
    return missing(codec, error);
  }
}

function missing(codec: CompressionCodec, error: unknown): ClientMissingError {
  return error instanceof ClientMissingError ? error : new ClientMissingError(codec, codec, error, 'codec');
}
