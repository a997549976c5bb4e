import { createSecretKey, type KeyObject } from 'node:crypto';
import { InvalidOptionError } from '../errors.js';
import { refuseUnknownOptions } from './known-options.js';
import { oneOf } from './one-of.js';

export interface EncryptionKey {
  /** Names the key in every envelope, in the clear: 1 to 64 printable ASCII characters, such as the month it began. */
  readonly id: string;
  /** 32 random bytes, or their text in hexadecimal, base64 or base64url. */
  readonly secret: Uint8Array | string;
}

export interface EncryptionOptions {
  /** The first one encrypts, all of them decrypt. To rotate, put a new key first and keep the old ones. */
  readonly keys: readonly EncryptionKey[];
  /**
   * What becomes of entries that are not encrypted: `'read'` (default) reads them, for the time of the change;
   * `'refuse'` makes them misses, so that nobody can put a value into the store who has no key.
   */
  readonly unencrypted?: 'read' | 'refuse';
}

export interface ResolvedKey {
  readonly id: string;
  readonly secret: KeyObject;
}

export interface ResolvedEncryption {
  readonly keys: readonly [ResolvedKey, ...ResolvedKey[]];
  readonly unencrypted: 'read' | 'refuse';
}

const secretBytes = 32;

export function resolveEncryption(options: EncryptionOptions): ResolvedEncryption {
  refuseUnknownOptions('encryption', options, ['keys', 'unencrypted']);
  const [first, ...others] = Array.isArray(options.keys)
    ? (options.keys as readonly EncryptionKey[]).map(resolveKey)
    : [];
  if (first === undefined) {
    throw new InvalidOptionError("encryption.keys has no key: write keys: [{ id: '2026-11', secret: <32 bytes> }].");
  }
  const keys = [first, ...others] as const;
  const ids = new Set<string>();
  for (const { id } of keys) {
    if (ids.has(id))
      throw new InvalidOptionError(`encryption.keys has '${id}' twice: give every key an id of its own.`);
    ids.add(id);
  }
  return Object.freeze({
    keys: Object.freeze([...keys] as [ResolvedKey, ...ResolvedKey[]]),
    unencrypted: oneOf('encryption.unencrypted', options.unencrypted ?? 'read', ['read', 'refuse']),
  });
}

function resolveKey(key: EncryptionKey, at: number): ResolvedKey {
  const place = `encryption.keys[${at}]`;
  refuseUnknownOptions(place, key, ['id', 'secret']);
  if (typeof key.id !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(key.id)) {
    throw new InvalidOptionError(
      `${place}.id is not 1 to 64 printable ASCII characters without spaces: write '2026-11'.`,
    );
  }
  return Object.freeze({ id: key.id, secret: createSecretKey(secretOf(key.secret, place)) });
}

/** No message may quote a secret, nor how many of its characters were right. */
function secretOf(secret: unknown, place: string): Uint8Array {
  const bytes = typeof secret === 'string' ? decoded(secret) : secret;
  if (bytes instanceof Uint8Array && bytes.byteLength === secretBytes) {
    // A variable that was never filled in. Everything else that is not random cannot be told.
    if (bytes.some((byte) => byte !== bytes[0])) return bytes;
    throw new InvalidOptionError(`${place}.secret is the same byte 32 times: take randomBytes(32) of node:crypto.`);
  }
  throw new InvalidOptionError(
    `${place}.secret is not 32 bytes: give a Uint8Array of 32, or 64 digits of hexadecimal, or 43 characters of base64.`,
  );
}

function decoded(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
}
