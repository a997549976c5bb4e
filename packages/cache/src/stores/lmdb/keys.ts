import { InvalidKeyError, UnsupportedValueError } from '../../errors.js';
import { expiryRowOverhead } from './expiry-table.js';
import { indexRowOverhead } from './index-table.js';

/** LMDB's own limit with 4 KiB pages. */
export const longestRow = 1978;

/** From here on lmdb shows a record in place, in memory that may be mapped elsewhere by the next write. */
const firstSizeShownInPlace = 16 * 1024 * 1024;
const roomForVersionAndTerms = 64 * 1024;

export const limits = {
  // Rows of the side tables have something in front of the key.
  keyBytes: longestRow - Math.max(expiryRowOverhead, indexRowOverhead),
  valueBytes: firstSizeShownInPlace - roomForVersionAndTerms,
};

export function keyToBytes(key: string): Buffer {
  const bytes = Buffer.from(key);
  if (bytes.length === 0) throw new InvalidKeyError('The lmdb store cannot keep an entry under an empty key.');
  refuseIfTooLong(bytes);
  return bytes;
}

/** The beginning of keys: may be empty. */
export function prefixToBytes(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  refuseIfTooLong(bytes);
  return bytes;
}

export function refuseTooLargeValue(bytes: Uint8Array): void {
  if (bytes.byteLength <= limits.valueBytes) return;
  const sizes = `${bytes.byteLength} bytes, and the lmdb store keeps at most ${limits.valueBytes}`;
  throw new UnsupportedValueError('value', `is too large: its envelope has ${sizes}.`);
}

export function refuseTooLargeRecord(record: Buffer): void {
  if (record.length < firstSizeShownInPlace) return;
  throw new UnsupportedValueError('value', `is too large, together with its index terms: ${record.length} bytes.`);
}

function refuseIfTooLong(bytes: Buffer): void {
  if (bytes.length <= limits.keyBytes) return;
  throw new InvalidKeyError(
    `A key of the lmdb store has at most ${limits.keyBytes} bytes of UTF-8; this one has ${bytes.length}.`,
  );
}
