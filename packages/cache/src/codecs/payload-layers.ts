import type { Millis } from '../contracts/time.js';
import type { CompressionCodec, Compressor } from './compression/compressor.js';
import { compressorOf } from './compression/compressors.js';
import { packed, packedAtMost, readPacked, unpack, unpackNow } from './compression/packed-payload.js';
import { Keyring, type NamedSecret, refuseSealed } from './encryption/sealed-payload.js';
import { writeLifetime } from './envelope.js';
import * as layout from './envelope-layout.js';
import { failure, Undecodable } from './undecodable.js';

export interface PayloadLayersParts {
  /** Payloads above this many bytes are compressed. */
  readonly compression: { readonly codec: CompressionCodec; readonly above: number } | undefined;
  readonly encryption:
    | {
        readonly keys: readonly [NamedSecret, ...NamedSecret[]];
        readonly unencrypted: 'read' | 'refuse';
        /** For tests: 24 bytes that never come again. */
        readonly makeNonce?: () => Buffer;
      }
    | undefined;
}

export type Unwrapped =
  | { readonly ok: true; readonly payload: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** Above this many bytes, an entry or a batch, compression and decompression leave the event loop alone. */
export const atOnceAtMost = 64 * 1024;

/** How many bytes may still be decompressed at once. */
export interface Allowance {
  bytes: number;
}

/**
 * What lies between the payload of an envelope and the store: compression, then encryption. What is written follows
 * from the options; what is read, from the envelope alone.
 */
export class PayloadLayers {
  /** False where envelopes go to the store as they are. */
  readonly wraps: boolean;
  /** An envelope that is not encrypted is not to be read. */
  readonly refusesPlain: boolean;
  readonly #compression: PayloadLayersParts['compression'];
  readonly #keyring: Keyring | undefined;

  /** @throws ClientMissingError if the codec needs a package that is not installed */
  constructor({ compression, encryption }: PayloadLayersParts) {
    this.#compression = compression;
    this.#keyring = encryption === undefined ? undefined : new Keyring(encryption.keys, encryption.makeNonce);
    this.wraps = compression !== undefined || encryption !== undefined;
    this.refusesPlain = encryption?.unencrypted === 'refuse';
    if (compression !== undefined) compressorOf(compression.codec);
  }

  /** Over when the codec is there; `undefined` where nothing has to be waited for. Never rejects. */
  get loading(): Promise<unknown> | undefined {
    const compressor = this.#compression === undefined ? undefined : compressorOf(this.#compression.codec);
    return compressor instanceof Promise ? compressor.catch(() => undefined) : undefined;
  }

  wrapNow(envelope: Buffer, entryKey: string): Buffer {
    const payload = payloadOf(envelope);
    const compressor = this.#compressorFor(payload);
    // While its package is on its way, nothing is compressed: the tiers wait for `loading` where they can.
    const body =
      compressor === undefined || compressor instanceof Promise ? undefined : compressor.compressNow(payload);
    return this.#wrapped(envelope, payload, body, entryKey);
  }

  async wrap(envelope: Buffer, entryKey: string): Promise<Buffer> {
    const payload = payloadOf(envelope);
    const compressor = await this.#compressorFor(payload);
    return this.#wrapped(envelope, payload, await compressor?.compress(payload), entryKey);
  }

  #compressorFor({ byteLength }: Uint8Array): Compressor | Promise<Compressor> | undefined {
    if (this.#compression === undefined) return undefined;
    const { above, codec } = this.#compression;
    return byteLength > above && byteLength <= packedAtMost ? compressorOf(codec) : undefined;
  }

  #wrapped(envelope: Buffer, payload: Buffer, body: Uint8Array | undefined, entryKey: string): Buffer {
    const codec = this.#compression?.codec;
    const smaller = body === undefined || codec === undefined ? undefined : packed(codec, payload, body);
    if (smaller === undefined && this.#keyring === undefined) return envelope;
    return this.#assembled(envelope, smaller ?? payload, smaller === undefined ? 0 : layout.FLAG_COMPRESSED, entryKey);
  }

  /** The header of `envelope` with another payload, sealed where there are keys. */
  #assembled(envelope: Buffer, payload: Uint8Array, compressedFlag: number, entryKey: string): Buffer {
    const payloadAt = envelope.readUInt32LE(layout.AT_PAYLOAD_OFFSET);
    const length = this.#keyring?.sealedLength(payload.byteLength) ?? payload.byteLength;
    const output = Buffer.allocUnsafe(payloadAt + length);
    envelope.copy(output, 0, 0, payloadAt);
    const encryptedFlag = this.#keyring === undefined ? 0 : layout.FLAG_ENCRYPTED;
    const inner = (output[layout.AT_FLAGS] as number) & ~layout.FLAGS_WRAPPED;
    output[layout.AT_FLAGS] = inner | compressedFlag | encryptedFlag;
    output.writeUInt32LE(length, layout.AT_PAYLOAD_LENGTH);
    if (this.#keyring === undefined) output.set(payload, payloadAt);
    else this.#keyring.seal(output, payloadAt, payload, entryKey);
    return output;
  }

  /**
   * The payload as its format says; a function where that takes more than is allowed at once, or a codec that is not
   * there yet: then the function does it. Never throws.
   */
  unwrap(envelope: Buffer, entryKey: string, allowance: Allowance): Unwrapped | (() => Promise<Unwrapped>) {
    try {
      const flags = envelope[layout.AT_FLAGS] as number;
      const content = this.#opened(envelope, entryKey);
      if ((flags & layout.FLAG_COMPRESSED) === 0) return { ok: true, payload: content };
      const found = readPacked(content);
      if (found.compressor instanceof Promise || found.length > allowance.bytes) {
        return () => unpack(found).then((payload) => ({ ok: true as const, payload }), failure);
      }
      allowance.bytes -= found.length;
      return { ok: true, payload: unpackNow(found.compressor, found) };
    } catch (thrown) {
      return failure(thrown);
    }
  }

  #opened(envelope: Buffer, entryKey: string): Buffer {
    const payloadAt = envelope.readUInt32LE(layout.AT_PAYLOAD_OFFSET);
    if (((envelope[layout.AT_FLAGS] as number) & layout.FLAG_ENCRYPTED) === 0) {
      if (this.refusesPlain) throw new Undecodable("The payload is not encrypted, and 'unencrypted' is 'refuse'.");
      return envelope.subarray(payloadAt);
    }
    return this.#keyring?.open(envelope, payloadAt, entryKey) ?? refuseSealed(envelope, payloadAt);
  }

  /** An encrypted envelope with another life, sealed anew: its times are sealed too. `undefined` if it cannot be opened. */
  resealed(envelope: Buffer, entryKey: string, freshUntil: Millis, staleUntil: Millis): Buffer | undefined {
    try {
      const content = this.#opened(envelope, entryKey);
      const payloadAt = envelope.readUInt32LE(layout.AT_PAYLOAD_OFFSET);
      const head = Buffer.from(envelope.subarray(0, payloadAt));
      writeLifetime(head, freshUntil, staleUntil);
      const compressedFlag = (head[layout.AT_FLAGS] as number) & layout.FLAG_COMPRESSED;
      return this.#assembled(head, content, compressedFlag, entryKey);
    } catch {
      return undefined;
    }
  }
}

function payloadOf(envelope: Buffer): Buffer {
  return envelope.subarray(envelope.readUInt32LE(layout.AT_PAYLOAD_OFFSET));
}
