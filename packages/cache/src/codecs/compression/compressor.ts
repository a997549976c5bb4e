/** The position of a codec, counted from 1, is its number on the wire. */
export const compressionCodecs = ['gzip', 'brotli', 'lz4', 'zstd'] as const;

export type CompressionCodec = (typeof compressionCodecs)[number];

/**
 * One algorithm. Decompressing throws, whatever it likes, for what is damaged, and never makes much more than `length`
 * bytes; whether it made `length` is for the caller to see.
 */
export interface Compressor {
  compressNow(payload: Uint8Array): Uint8Array;
  decompressNow(body: Buffer, length: number): Uint8Array;
  /** Away from the event loop, where the algorithm can. */
  compress(payload: Uint8Array): Promise<Uint8Array>;
  decompress(body: Buffer, length: number): Promise<Uint8Array>;
}
