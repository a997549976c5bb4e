import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { XaesKey } from '../../../src/codecs/encryption/xaes-256-gcm.js';

const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
const message = Buffer.from('XAES-256-GCM');
const keyOf = (byte: number) => new XaesKey(createSecretKey(Buffer.alloc(32, byte)));

describe('the test vectors of https://c2sp.org/XAES-256-GCM', () => {
  it.each([
    {
      name: 'the top bit of L clear',
      byte: 1,
      additional: '',
      sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
    },
    {
      name: 'the top bit of L set',
      byte: 3,
      additional: 'c2sp.org/XAES-256-GCM',
      sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
    },
  ])('$name', ({ byte, additional, sealed }) => {
    const [body, tag] = keyOf(byte).seal(nonce, message, Buffer.from(additional));
    expect(Buffer.concat([body, tag]).toString('hex')).toBe(sealed);
    expect(keyOf(byte).open(nonce, body, tag, Buffer.from(additional))).toEqual(message);
  });
});

describe('XaesKey.open throws', () => {
  const [body, tag] = keyOf(1).seal(nonce, message, Buffer.from('a'));
  it.each([
    ['for another key', () => keyOf(2).open(nonce, body, tag, Buffer.from('a'))],
    ['for other additional data', () => keyOf(1).open(nonce, body, tag, Buffer.from('b'))],
    [
      'for the first half of another nonce',
      () => keyOf(1).open(Buffer.from(`Z${nonce.subarray(1)}`), body, tag, Buffer.from('a')),
    ],
    ['for a tag that is cut short', () => keyOf(1).open(nonce, body, tag.subarray(0, 12), Buffer.from('a'))],
  ])('%s', (_, open) => {
    expect(open).toThrow();
  });
});
