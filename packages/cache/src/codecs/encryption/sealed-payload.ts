import { type KeyObject, randomBytes } from 'node:crypto';
import { Undecodable } from '../undecodable.js';
import { NONCE_BYTES, TAG_BYTES, XaesKey } from './xaes-256-gcm.js';

const SCHEME_XAES_256_GCM = 1;
const AT_ID_LENGTH = 1;
const AT_ID = 2;

/** One secret of {@link Keyring}. The id is printable ASCII of 1 to 64 characters, and no secret: it is on the wire. */
export interface NamedSecret {
  readonly id: string;
  readonly secret: KeyObject;
}

/** Seals payloads with the first key, opens those of any (spec/envelope.md, Encrypted payloads). */
export class Keyring {
  readonly #writing: { readonly id: string; readonly key: XaesKey };
  readonly #keys = new Map<string, XaesKey>();
  readonly #makeNonce: () => Buffer;

  constructor(secrets: readonly [NamedSecret, ...NamedSecret[]], makeNonce: () => Buffer = randomNonce) {
    this.#makeNonce = makeNonce;
    for (const { id, secret } of secrets) this.#keys.set(id, new XaesKey(secret));
    const [{ id }] = secrets;
    this.#writing = { id, key: this.#keys.get(id) as XaesKey };
  }

  /** How long the payload gets. */
  sealedLength(plainLength: number): number {
    return AT_ID + this.#writing.id.length + NONCE_BYTES + plainLength + TAG_BYTES;
  }

  /** Writes the sealed payload behind `output`'s header, which ends at `at` and is sealed with it. */
  seal(output: Buffer, at: number, plain: Uint8Array, entryKey: string): void {
    const { id, key } = this.#writing;
    output[at] = SCHEME_XAES_256_GCM;
    output[at + AT_ID_LENGTH] = id.length;
    const nonceAt = at + AT_ID + output.write(id, at + AT_ID, 'latin1');
    const nonce = this.#makeNonce();
    output.set(nonce, nonceAt);
    const [sealed, tag] = key.seal(nonce, plain, additionalData(entryKey, output.subarray(0, nonceAt)));
    output.set(sealed, nonceAt + NONCE_BYTES);
    output.set(tag, nonceAt + NONCE_BYTES + sealed.length);
  }

  /** Throws {@link Undecodable}. */
  open(envelope: Buffer, at: number, entryKey: string): Buffer {
    const { id, nonceAt } = readSealHeader(envelope, at);
    const key = this.#keys.get(id);
    if (key === undefined) throw unknownKey(id);
    const nonce = envelope.subarray(nonceAt, nonceAt + NONCE_BYTES);
    const sealed = envelope.subarray(nonceAt + NONCE_BYTES, -TAG_BYTES);
    try {
      const additional = additionalData(entryKey, envelope.subarray(0, nonceAt));
      return key.open(nonce, sealed, envelope.subarray(-TAG_BYTES), additional);
    } catch {
      throw new Undecodable(
        `The encrypted payload is not authentic: it was changed or moved, or '${id}' has another secret here.`,
      );
    }
  }
}

function randomNonce(): Buffer {
  return randomBytes(NONCE_BYTES);
}

/** For readers that have no keys at all: says which one they lack. */
export function refuseSealed(envelope: Buffer, at: number): never {
  throw unknownKey(readSealHeader(envelope, at).id);
}

function unknownKey(id: string): Undecodable {
  return new Undecodable(`The payload is encrypted with the key '${id}', which this cache does not have.`);
}

function readSealHeader(envelope: Buffer, at: number): { readonly id: string; readonly nonceAt: number } {
  const scheme = envelope[at];
  const idEnd = at + AT_ID + (envelope[at + AT_ID_LENGTH] ?? 0);
  if (envelope.length < idEnd + NONCE_BYTES + TAG_BYTES) throw new Undecodable('The encrypted payload is cut off.');
  if (scheme !== SCHEME_XAES_256_GCM)
    throw new Undecodable(`The payload is encrypted by the unknown scheme ${scheme}.`);
  const id = envelope.toString('latin1', at + AT_ID, idEnd);
  if (!/^[\x21-\x7e]{1,64}$/.test(id)) throw new Undecodable('The id of the key is not printable ASCII.');
  return { id, nonceAt: idEnd };
}

/** Where the entry stands, and everything that can be read of it without the key. */
function additionalData(entryKey: string, head: Buffer): Buffer {
  const keyLength = Buffer.byteLength(entryKey);
  const output = Buffer.allocUnsafe(4 + keyLength + head.length);
  output.writeUInt32LE(keyLength, 0);
  output.write(entryKey, 4, 'utf8');
  output.set(head, 4 + keyLength);
  return output;
}
