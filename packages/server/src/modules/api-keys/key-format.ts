import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `lrd_live_<id>_<secret>_<checksum>`. The checksum lets typing errors and secret scanners be told without a store. */
export interface ApiKey {
  /** Public: names the key in lists and logs. */
  readonly id: string;
  /** The whole text, shown once and stored nowhere. */
  readonly text: string;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = 'lrd_live_';
const idLength = 10;
/** 43 characters of 62 hold 256 bits. */
const secretLength = 43;
/** 6 characters of 62 hold a CRC-32. */
const checksumLength = 6;
const apiKeyPattern = new RegExp(
  `^(${prefix}([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${secretLength}})_([0-9A-Za-z]{${checksumLength}})$`,
);

export function createApiKey(): ApiKey {
  const id = randomText(idLength);
  const checked = `${prefix}${id}_${randomText(secretLength)}`;
  return { id, text: `${checked}_${checksumOf(checked)}` };
}

/** The id of a well-formed key, whether or not such a key exists. */
export function apiKeyId(text: string): string | undefined {
  const [, checked = '', id, checksum] = apiKeyPattern.exec(text) ?? [];
  return checksum === checksumOf(checked) ? id : undefined;
}

/**
 * Under which a text is looked for before anything about it is checked: the id of a text that looks like a key, and one
 * and the same place for all others. Never a part of the secret.
 */
export function publicPart(text: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length, prefix.length + idLength) : '';
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let at = 0; at < checksumLength; at++) {
    digits = (alphabet[rest % alphabet.length] ?? '') + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
