import { hash } from 'node:crypto';
import { InvalidKeyError } from '../../errors.js';

/** The protocol's own limit for what stands in a command line. */
const longestOnWire = 250;
export const longestKey = 8192;

/** A key as it goes over the wire. */
export interface WireKey {
  /** No other key has it: the text of one key can be the base64 of another. */
  readonly id: string;
  /** Printable ASCII without spaces, at most 250 characters. */
  readonly text: string;
  /** `text` is base64, and the server keeps the decoded bytes. */
  readonly isBase64: boolean;
  /** Stands in the record of a hashed key, because two keys could share a hash. */
  readonly trueKey: string | undefined;
}

const printable = /^[\x21-\x7e]{1,250}$/;

/**
 * Printable ASCII goes as it is, other text as base64, what is too long for that (or empty) as its SHA-256. The byte
 * 0xff, which no UTF-8 has, stands before the hash, so that no key can be mistaken for the hash of another.
 */
export function wireKey(prefix: string, key: string): WireKey {
  const full = prefix + key;
  if (printable.test(full)) return { id: full, text: full, isBase64: false, trueKey: undefined };
  const bytes = Buffer.from(full);
  refuseTooLong(key);
  const text = bytes.toString('base64');
  if (text.length > 0 && text.length <= longestOnWire) return base64Key(text, undefined);
  const digest = hash('sha256', bytes, 'buffer');
  return base64Key(Buffer.concat([hashMark, digest]).toString('base64'), full);
}

function base64Key(text: string, trueKey: string | undefined): WireKey {
  return { id: `${text} b`, text, isBase64: true, trueKey };
}

const hashMark = Buffer.of(0xff);

function refuseTooLong(key: string): void {
  const length = Buffer.byteLength(key);
  if (length <= longestKey) return;
  throw new InvalidKeyError(
    `A key of the memcached store has at most ${longestKey} bytes of UTF-8; this one has ${length}.`,
  );
}
