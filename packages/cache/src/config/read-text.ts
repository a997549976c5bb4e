import type { Duration, Size } from '../contracts/time.js';
import { LarderError } from '../errors.js';
import { parseDuration, parseWindow } from '../options/duration.js';
import { type EncryptionOptions, resolveEncryption } from '../options/encryption-options.js';
import { parseSize } from '../options/size.js';

/** The value that a text stands for, or what is wrong with it, as the end of "memory.maxBytes …". Never throws. */
export type TextReader<Value = unknown> = (text: string) => { readonly value: Value } | { readonly problem: string };

const noDuration = 'is no duration that says its unit';

export const readDuration: TextReader<Duration> = (text) =>
  isUsable(() => parseDuration(text as Duration, '')) ? { value: text as Duration } : { problem: noDuration };

/** As a duration, but no time at all (`0s`) will do. */
export const readWindow: TextReader<Duration> = (text) =>
  isUsable(() => parseWindow(text as Duration, '')) ? { value: text as Duration } : { problem: noDuration };

/** A window that ends. */
export const readSpan: TextReader<Duration> = (text) =>
  text === 'never' ? { problem: 'is no length of time' } : readWindow(text);

export const readSize: TextReader<Size> = (text) =>
  isUsable(() => parseSize(text as Size, '')) ? { value: text as Size } : { problem: 'is no size that says its unit' };

export function readWholeNumber(least: number, most: number): TextReader<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most
      ? { value: number }
      : { problem: `is no whole number from ${least} to ${most}` };
  };
}

export function readOneOf<const Choice extends string>(...choices: readonly Choice[]): TextReader<Choice> {
  return (text) => {
    const choice = choices.find((known) => known === text);
    return choice === undefined ? { problem: `is not one of ${choices.join(', ')}` } : { value: choice };
  };
}

/** `off` or `false`, or what `read` takes. */
export function readOffOr<Value>(read: TextReader<Value>, orElse: string): TextReader<Value | false> {
  return (text) => {
    if (text === 'off' || text === 'false') return { value: false };
    const result = read(text);
    return 'value' in result ? result : { problem: orElse };
  };
}

export const readRefreshAhead: TextReader<number | 'auto' | false> = (text) => {
  if (text === 'auto') return { value: text };
  if (text === 'off' || text === 'false') return { value: false };
  const fraction = /^0?\.\d{1,15}$/.test(text) ? Number(text) : 0;
  return fraction > 0 ? { value: fraction } : { problem: 'is neither a fraction between 0 and 1, nor auto, nor off' };
};

const longestName = 128;

export const readName: TextReader<string> = (text) =>
  text.length <= longestName && text.isWellFormed() && !/\p{Cc}/u.test(text)
    ? { value: text }
    : { problem: `is no text of 1 to ${longestName} characters` };

/** `id:secret,id:secret`. No text of a secret has a colon or a comma in it. */
export const readEncryptionKeys: TextReader<EncryptionOptions['keys']> = (text) => {
  const keys = text.split(',').map((key) => {
    const colon = key.lastIndexOf(':');
    return { id: key.slice(0, Math.max(colon, 0)).trim(), secret: key.slice(colon + 1).trim() };
  });
  return isUsable(() => resolveEncryption({ keys }))
    ? { value: keys }
    : { problem: 'is no list of id:secret, each id once, each secret 32 random bytes in base64 or hexadecimal' };
};

/** For what is judged by those who use it. */
export const readAnything: TextReader<string> = (text) => ({ value: text });

function isUsable(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof LarderError) return false;
    throw error;
  }
}
