import { describe, expect, it } from 'vitest';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { type MemcachedStoreOptions, resolveOptions } from '../../../src/stores/memcached/options.js';

describe('the options', () => {
  it('name servers as text or as objects, with 11211 and a weight of 1 where nothing is said', () => {
    const { servers } = resolveOptions({
      servers: ['a', 'b:1', '[::1]:2', '[::2]', { host: 'c', weight: 3, tls: true }],
      tls: { servername: 'x' },
    });
    expect(servers.map(({ address, weight }) => [address, weight])).toEqual([
      ['a:11211', 1],
      ['b:1', 1],
      ['[::1]:2', 1],
      ['[::2]:11211', 1],
      ['c:11211', 3],
    ]);
    expect(servers.map(({ tls }) => tls)).toEqual([...Array(4).fill({ servername: 'x' }), {}]);
  });

  it.each([
    [{ servers: [] }, /list of 1 to/],
    [{ servers: 'a' }, /list of 1 to/],
    [{ servers: ['memcached://a'] }, /without a scheme/],
    [{ servers: ['user:secret@a:1'] }, /without a scheme, a user/],
    [{ servers: ['a:0'] }, /port/],
    [{ servers: ['a:70000'] }, /port/],
    [{ servers: [null] }, /a server must be/],
    [{ servers: [{ host: 'a', weight: 0 }] }, /weight/],
    [{ servers: ['a', 'a:11211'] }, /twice/],
    [{ servers: ['a'], prefix: 5 }, /prefix/],
    [{ servers: ['a'], itemSize: 100 }, /itemSize/],
    [{ servers: ['a'], onServerDown: 'wait' }, /onServerDown/],
    [{ servers: ['a'], answerTimeout: '1s' }, /answerTimeout/],
    [{ servers: ['a'], auth: { username: 'u' } }, /auth must be/],
    [{ servers: ['a'], server: 'b' }, /no option 'server'/],
  ])('%j are refused', (options, message) => {
    const open = () => memcachedStore(options as unknown as MemcachedStoreOptions);
    expect(open).toThrow(
      expect.objectContaining({ code: 'LARDER_INVALID_OPTION', message: expect.stringMatching(message) }),
    );
  });

  it('are refused without a word of the password', () => {
    const auth = { username: 'me', password: 'very secret' };
    expect(() => memcachedStore({ servers: ['a'], auth })).toThrow(expect.not.objectContaining({ message: /secret/ }));
  });
});
