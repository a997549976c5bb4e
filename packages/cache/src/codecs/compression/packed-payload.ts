import { crc32 } from 'node:zlib';
import { ClientMissingError } from '../../errors.js';
import { Undecodable } from '../undecodable.js';
import { type CompressionCodec, type Compressor, compressionCodecs } from './compressor.js';
import { compressorOf } from './compressors.js';

const AT_CHECKSUM = 1;
const AT_LENGTH = 5;
export const PACKED_HEADER_BYTES = 9;

/** More is neither compressed nor believed: what a few bytes from a store can make a reader allocate. */
export const packedAtMost = 64 * 1024 ** 2;

/** A compressed payload (spec/envelope.md): codec, CRC-32 and length of what it holds, and its body. */
export interface PackedPayload {
  readonly compressor: Compressor | Promise<Compressor>;
  readonly length: number;
  readonly checksum: number;
  readonly body: Buffer;
}

/** `undefined` where it is no smaller. */
export function packed(codec: CompressionCodec, payload: Uint8Array, body: Uint8Array): Buffer | undefined {
  if (PACKED_HEADER_BYTES + body.byteLength >= payload.byteLength) return undefined;
  const output = Buffer.allocUnsafe(PACKED_HEADER_BYTES + body.byteLength);
  output[0] = compressionCodecs.indexOf(codec) + 1;
  output.writeUInt32LE(crc32(payload), AT_CHECKSUM);
  output.writeUInt32LE(payload.byteLength, AT_LENGTH);
  output.set(body, PACKED_HEADER_BYTES);
  return output;
}

/** Throws {@link Undecodable}. */
export function readPacked(input: Buffer): PackedPayload {
  if (input.length < PACKED_HEADER_BYTES) throw new Undecodable('The compressed payload is cut off.');
  const codec = compressionCodecs[(input[0] as number) - 1];
  if (codec === undefined) throw new Undecodable(`The payload is compressed by the unknown codec ${input[0]}.`);
  const length = input.readUInt32LE(AT_LENGTH);
  if (length > packedAtMost) {
    throw new Undecodable(`The compressed payload is said to hold ${length} bytes; at most ${packedAtMost} are read.`);
  }
  const body = input.subarray(PACKED_HEADER_BYTES);
  return { compressor: compressorFor(codec), length, checksum: input.readUInt32LE(AT_CHECKSUM), body };
}

function compressorFor(codec: CompressionCodec): Compressor | Promise<Compressor> {
  try {
    return compressorOf(codec);
  } catch (error) {
    throw error instanceof ClientMissingError ? new Undecodable(error.message) : error;
  }
}

/** Throws {@link Undecodable}. */
export function unpackNow(compressor: Compressor, { body, length, checksum }: PackedPayload): Uint8Array {
  try {
    return checked(compressor.decompressNow(body, length), length, checksum);
  } catch {
    throw damaged();
  }
}

/** Throws {@link Undecodable}. */
export async function unpack({ compressor, body, length, checksum }: PackedPayload): Promise<Uint8Array> {
  try {
    return checked(await (await compressor).decompress(body, length), length, checksum);
  } catch (error) {
    throw error instanceof ClientMissingError ? new Undecodable(error.message) : damaged();
  }
}

/** Of the four codecs gzip alone notices every damage: the others can make something else of it. */
function checked(payload: Uint8Array, length: number, checksum: number): Uint8Array {
  if (payload.byteLength !== length || crc32(payload) !== checksum) throw damaged();
  return payload;
}

function damaged(): Undecodable {
  return new Undecodable('The compressed payload is damaged.');
}
