import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestKeyBytes } from '../../src/http/entry-key.js';
import { Problem } from '../../src/http/problem.js';
import { parseRequestTarget } from '../../src/http/request-target.js';

const key = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 100 })
  .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed() && Buffer.byteLength(text) <= longestKeyBytes);
const percentEncoded = (text: string) => Buffer.from(text).reduce((all, byte) => `${all}%${hex(byte)}`, '');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

describe('the request target', () => {
  it('names the same key, however it is spelt', () => {
    fc.assert(
      fc.property(key, (text) => {
        const spellings = [
          `/v1/cache/${encodeURIComponent(text)}`,
          `/cache/${percentEncoded(text)}`,
          `/v1/b64/${Buffer.from(text).toString('base64url')}`,
        ];
        for (const spelling of spellings) {
          expect(parseRequestTarget(spelling)).toEqual({ route: 'entry', key: text, parameters: [], query: '' });
          expect(parseRequestTarget(`${spelling}/exists?a=/b`)).toEqual({
            route: 'exists',
            key: text,
            parameters: [],
            query: 'a=/b',
          });
        }
      }),
    );
  });

  it('never gives two keys to one spelling, nor one key two base64url spellings', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,40}$/), (spelling) => {
        const found = parsed(`/v1/b64/${spelling}`);
        if (found !== undefined) expect(Buffer.from(found.key).toString('base64url')).toBe(spelling);
      }),
    );
  });

  it('is read or refused with a problem, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (target) => void parsed(target)));
    fc.assert(fc.property(fc.string(), (rest) => void parsed(`/v1/cache/${rest}`)));
  });
});

function parsed(target: string) {
  try {
    return parseRequestTarget(target);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
