import { InvalidKeyError } from '../../errors.js';

/** What the service takes as a key, in bytes of UTF-8. */
export const longestKeyBytes = 512;

const escaped = /[%\p{Cc}]/gu;
const escapes = /%([0-9A-F]{2})/g;

/**
 * A physical key as the service takes it: control characters, which it refuses, are written like `%0A`. Each character
 * is written by itself, so that what keys begin with, their names begin with too.
 *
 * @throws InvalidKeyError if that is longer than the service takes
 */
export function nameOf(key: string): string {
  const name = escapedName(key);
  if (Buffer.byteLength(name) <= longestKeyBytes) return name;
  throw new InvalidKeyError(
    `The remote store takes keys of ${longestKeyBytes} bytes with their namespaces; this one is longer.`,
  );
}

export function escapedName(key: string): string {
  return key.replace(escaped, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

export function keyOf(name: string): string {
  return name.replace(escapes, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The address of one entry: base64url, because no client or proxy resolves or decodes anything in it. */
export function entryPath(name: string): string {
  return `/v1/b64/${Buffer.from(name).toString('base64url')}`;
}
