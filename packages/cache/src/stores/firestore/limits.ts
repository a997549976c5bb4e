import { InvalidKeyError, UnsupportedValueError } from '../../errors.js';

/** Firestore's own: names of documents and of fields count. */
const documentBytes = 1024 * 1024;
/** The name of the document, which repeats the key, and what the fields have besides the values measured here. */
const roomForNames = 4096;

export const limits = {
  /** More than any key of a cache has. */
  keyBytes: 32_768,
  /** Leaves room for the longest key, and for a few hundred terms. */
  valueBytes: 1_000_000,
};

export function refuseTooLongKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= limits.keyBytes) return;
  throw new InvalidKeyError(
    `A key of the firestore store has at most ${limits.keyBytes} bytes of UTF-8; this one has ${bytes}.`,
  );
}

/** @throws UnsupportedValueError for what would make a document of more than 1 MiB */
export function refuseTooLarge(key: string, bytes: Uint8Array, terms: readonly string[]): void {
  if (bytes.byteLength > limits.valueBytes) {
    const sizes = `${bytes.byteLength} bytes, and the firestore store keeps at most ${limits.valueBytes}`;
    throw new UnsupportedValueError('value', `is too large: its envelope has ${sizes}. Compress or split it.`);
  }
  const termBytes = terms.reduce((sum, term) => sum + Buffer.byteLength(term) + 1, 0);
  const total = bytes.byteLength + Buffer.byteLength(key) + termBytes + roomForNames;
  if (total <= documentBytes) return;
  throw new UnsupportedValueError(
    'value',
    `is too large, together with its key and index terms: a document of Firestore has at most ${documentBytes} bytes.`,
  );
}
