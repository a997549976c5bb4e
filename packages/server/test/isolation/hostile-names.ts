import type { Random } from '@larder/cache/testing';

/** Ids that a careless joining of names, or a careless comparison, would take for one another. Each is in one pair. */
export const hostilePairs: readonly (readonly [string, string])[] = [
  ['a', '1:a'],
  ['a:b', 'a%3Ab'],
  ['b', 'b:'],
  ['1:c1:d', '1:c'],
  // The same letter, composed and with a combining character
  ['caf\u00e9', 'cafe\u0301'],
  ['\u212b', '\u00c5'],
  ['%00', '%2500'],
  ['...', '....'],
  ['{}', '{a}'],
  // 'YQ' is 'a' in base64url
  ['YQ', 'YWE'],
  ['*', '?'],
  ['tenants', 'control'],
  ['7:tenants1:x', '#7:tenants'],
  ['x'.repeat(64), 'x'.repeat(63)],
  ['A', 'a\u200b'],
];

const pieces = [
  ...['', 'a', 'b', 'k', ':', '::', '1:', '1:a', '1:a:', '2:', '64:', ':a:', '{', '}', '{}', '{a}'],
  ...['%', '%00', '%2500', '%3A', '%2F', '..', '.', '../', '/', '//', '/exists', '*', '?', '\\', '\\*', '[a]'],
  ...['\u00e9', 'e\u0301', '\u212b', '\u00c5', 'A\u030a', '\ufb01', 'fi', '\u200b', '\u{1f600}', '\ufeff', ' ', '+'],
  ...['YQ', 'YWE', '#', '!', '@', '__proto__', 'constructor', 'api-key/', 'tenant/', 'usage/', 'cursor-secret', '\n'],
];
const longestKeyBytes = 512;

/** Keys for both tenants of a pair, many of which begin one another, or hold the id of one of them. */
export function hostileKeys(random: Random, pair: readonly [string, string], count: number): readonly string[] {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const [one, other] = pair;
  const own = [one, other, `${one}:`, `:${other}`, sized(one), sized(other), base64url(one), base64url(other)];
  const keys = new Set<string>([`${one}:k`, 'k', `${sized(other)}:k`, base64url('k'), 'x'.repeat(longestKeyBytes)]);
  while (keys.size < count) {
    const parts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random() < 0.4 ? own : pieces));
    const key = parts.join('').replaceAll(/\p{Cc}/gu, '');
    if (key !== '' && Buffer.byteLength(key) <= longestKeyBytes) keys.add(key);
  }
  return [...keys];
}

function sized(name: string): string {
  return `${Buffer.byteLength(name)}:${name}`;
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
