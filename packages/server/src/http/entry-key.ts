import { Problem } from './problem.js';

/** Counted in bytes of UTF-8, after decoding. */
export const longestKeyBytes = 512;

const controlCharacter = /\p{Cc}/u;
const base64url = /^[\w-]+$/;
const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The key that one path segment stands for: percent-decoded once (RFC 3986, 2.1), and nothing else. Neither dots nor
 * case nor Unicode forms are normalised, so two keys are the same only if their bytes are.
 */
export function keyFromSegment(segment: string): string {
  return checkedKey(segment.includes('%') ? percentDecoded(segment) : segment);
}

/** The key behind `/v1/b64/`: base64url without padding (RFC 4648, 5), in its one canonical spelling. */
export function keyFromBase64url(segment: string): string {
  if (segment === '') return checkedKey('');
  const bytes = Buffer.from(segment, 'base64url');
  if (!base64url.test(segment) || bytes.toString('base64url') !== segment) {
    throw new Problem('invalid_key', 'The key is not base64url without padding (RFC 4648, section 5).');
  }
  if (bytes.length > longestKeyBytes) throw tooLong(bytes.length);
  try {
    return checkedKey(strictText.decode(bytes));
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('invalid_key', 'The key is not valid UTF-8.');
  }
}

/** The rules for every key, wherever in a request it stands. */
export function checkedKey(key: string): string {
  if (key === '') throw new Problem('invalid_key', 'The key is empty.');
  if (controlCharacter.test(key)) throw new Problem('invalid_key', 'The key holds a control character.');
  // No character takes more than three bytes: most keys need not be counted.
  const bytes = key.length <= longestKeyBytes / 3 ? 0 : Buffer.byteLength(key);
  if (bytes > longestKeyBytes) throw tooLong(bytes);
  return key;
}

function percentDecoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem('invalid_key', 'The key is not percent-encoded UTF-8 (RFC 3986, section 2.1).');
  }
}

function tooLong(bytes: number): Problem {
  return new Problem('key_too_long', `The key has ${bytes} bytes; ${longestKeyBytes} are allowed.`);
}
