import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { InvalidOptionError } from '../../src/errors.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

const secret = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const key = { id: '2026-11', secret };

const refused: readonly [options: unknown, message: string | RegExp][] = [
  [{ compression: 'gzip' }, 'compression takes an object of options: codec, above.'],
  [{ compression: {} }, "compression.codec is undefined: write 'gzip' or 'brotli' or 'lz4' or 'zstd'."],
  [{ compression: { codec: 'deflate' } }, /^compression.codec is deflate: write 'gzip'/],
  [{ compression: { codec: 'gzip', above: 1024 } }, /^compression.above is 1024, which is no size/],
  [{ compression: { codec: 'gzip', level: 9 } }, "compression has no option 'level': it has codec, above."],
  [{ encryption: true }, 'encryption takes an object of options: keys, unencrypted.'],
  [{ encryption: {} }, /^encryption.keys has no key: write keys: \[/],
  [{ encryption: { keys: [] } }, /^encryption.keys has no key/],
  [{ encryption: { keys: key } }, /^encryption.keys has no key/],
  [{ encryption: { keys: [secret] } }, /^encryption.keys\[0\]/],
  [{ encryption: { keys: [key, key] } }, "encryption.keys has '2026-11' twice: give every key an id of its own."],
  [{ encryption: { keys: [{ ...key, id: '' }] } }, /^encryption.keys\[0\].id is not 1 to 64 printable ASCII/],
  [{ encryption: { keys: [{ ...key, id: 'a'.repeat(65) }] } }, /^encryption.keys\[0\].id is not/],
  [{ encryption: { keys: [key, { ...key, id: 'größe' }] } }, /^encryption.keys\[1\].id is not/],
  [{ encryption: { keys: [{ ...key, id: 'a b' }] } }, /^encryption.keys\[0\].id is not/],
  [{ encryption: { keys: [{ id: 'a' }] } }, /^encryption.keys\[0\].secret is not 32 bytes/],
  [{ encryption: { keys: [{ id: 'a', secret: secret.subarray(1) }] } }, /^encryption.keys\[0\].secret is not 32 bytes/],
  [{ encryption: { keys: [{ id: 'a', secret: 'correct horse battery staple, 32' }] } }, /is not 32 bytes/],
  [{ encryption: { keys: [{ id: 'a', secret: secret.toString('hex').slice(2) }] } }, /is not 32 bytes/],
  [{ encryption: { keys: [{ id: 'a', secret: Buffer.alloc(32) }] } }, /is the same byte 32 times/],
  [{ encryption: { keys: [{ id: 'a', secret: '0'.repeat(64) }] } }, /is the same byte 32 times/],
  [{ encryption: { keys: [{ ...key, key: 1 }] } }, "encryption.keys[0] has no option 'key': it has id, secret."],
  [{ encryption: { keys: [key], unencrypted: false } }, /^encryption.unencrypted is false: write 'read' or 'refuse'/],
  [{ encryption: { keys: [key], algorithm: 'x' } }, /^encryption has no option 'algorithm'/],
];

describe('compression and encryption refuse', () => {
  it.each(refused)('%j', (options, message) => {
    let error: unknown;
    try {
      createCache({ store: memoryMapStore(), ...(options as CreateCacheOptions) });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toMatch(/correct horse|0001020304|000000/);
  });

  it.each([{ compression: { codec: 'gzip' } }, { encryption: { keys: [key] } }] as const)(
    'a cache without a store: %o',
    (options) => {
      const name = Object.keys(options)[0];
      expect(() => createCache(options)).toThrow(`${name} is for entries in a store, and there is none`);
    },
  );
});

describe('a secret', () => {
  it.each([
    ['bytes', secret],
    ['a Uint8Array', new Uint8Array(secret)],
    ['hexadecimal', secret.toString('hex')],
    ['HEXADECIMAL', secret.toString('hex').toUpperCase()],
    ['base64', secret.toString('base64')],
    ['base64 without its end', secret.toString('base64').replace('=', '')],
    ['base64url', secret.toString('base64url')],
  ])('may be %s', async (_, given) => {
    const store = memoryMapStore();
    const writer = createCache({ store, memory: false, encryption: { keys: [{ id: 'k', secret: given }] } });
    await writer.set('a', 1);
    const reader = createCache({ store, memory: false, encryption: { keys: [{ id: 'k', secret }] } });
    expect(await reader.get('a')).toBe(1);
    await Promise.all([writer.close(), reader.close()]);
  });

  it('is copied when it is given: the caller may wipe it', async () => {
    const mine = randomBytes(32);
    const store = memoryMapStore();
    const cache = createCache({ store, memory: false, encryption: { keys: [{ id: 'k', secret: mine }] } });
    await cache.set('a', 1);
    mine.fill(0);
    expect(await cache.get('a')).toBe(1);
    await cache.set('b', 2);
    expect(await cache.get('b')).toBe(2);
    await cache.close();
  });
});
