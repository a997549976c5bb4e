import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasField, plainFields } from '../../src/http/plain-fields.js';

const present = (fields: object | undefined) =>
  fields && Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

describe('the fields of a plain read', () => {
  it('are found however their names are written, among others', () => {
    const raw = [
      'HOST',
      'larder',
      'User-Agent',
      'x',
      'aUTHORIZATION',
      'Bearer k',
      'If-None-Match',
      '"a"',
      'Accept',
      '*/*',
    ];
    expect(present(plainFields(raw))).toEqual({
      host: 'larder',
      authorization: 'Bearer k',
      'if-none-match': '"a"',
      accept: '*/*',
    });
  });

  it.each(['Content-Length', 'transfer-encoding', 'Content-Type', 'Cache-TTL'])('are none with %s', (name) => {
    expect(plainFields(['Host', 'larder', name, '0'])).toBeUndefined();
  });

  it.each(['Host', 'Authorization', 'X-API-Key', 'Accept', 'If-Match', 'If-None-Match'])(
    'are none where %s is there twice',
    (name) => {
      expect(plainFields([name, 'a'])).toBeDefined();
      expect(plainFields([name, 'a', name.toLowerCase(), ''])).toBeUndefined();
      expect(plainFields([name, '', name.toLowerCase(), 'a'])).toBeUndefined();
    },
  );

  it('are none among more fields than a plain request has', () => {
    expect(plainFields(Array.from({ length: 64 }, () => 'x'))).toBeDefined();
    expect(plainFields(Array.from({ length: 66 }, () => 'x'))).toBeUndefined();
  });

  it('are what an object of all fields would say', () => {
    const names = ['host', 'accept', 'authorization', 'if-match', 'if-none-match', 'x-api-key', 'user-agent', 'x-own'];
    const request = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.string()), { selector: ([name]) => name });
    fc.assert(
      fc.property(request, (list) => {
        const expected = Object.fromEntries(list.filter(([name]) => name !== 'user-agent' && name !== 'x-own'));
        expect(present(plainFields(list.flat()))).toEqual(expected);
      }),
    );
  });
});

it('a field is there whatever the case of its name, and not where only a value is called so', () => {
  expect(hasField(['Host', 'a', 'UPGRADE', 'b'], 'upgrade')).toBe(true);
  expect(hasField(['Host', 'upgrade'], 'upgrade')).toBe(false);
});
