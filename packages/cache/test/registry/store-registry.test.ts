import { describe, expect, it } from 'vitest';
import { InvalidAddressError, InvalidOptionError } from '../../src/errors.js';
import { builtInStores } from '../../src/registry/built-in-stores.js';
import { createStoreRegistry, schemeOf } from '../../src/registry/store-registry.js';
import { memoryMapStore } from '../../src/testing/index.js';

const builtIn = Object.keys(builtInStores);
const schemes = [...builtIn, 'acme'].join(', ');

describe('a registry of stores', () => {
  const opened: string[] = [];
  const stores = createStoreRegistry({
    ...builtInStores,
    acme: (address) => ({
      open: () => {
        opened.push(address);
        return memoryMapStore();
      },
    }),
  });

  it('gives an address to the store of its scheme, whole, and opens nothing before it is asked to', async () => {
    const choice = stores.choose('ACME://host/name?x=1');
    expect(opened).toEqual([]);
    await choice.open?.();
    expect(opened).toEqual(['ACME://host/name?x=1']);
  });

  it('opens LMDB', async () => {
    const store = await stores.choose('lmdb:./never-opened').open?.();
    expect(store?.name).toBe('lmdb');
    await store?.close();
  });

  it.each([
    ['redis://127.0.0.1:1/0?prefix=shop', 'redis'],
    ['rediss://127.0.0.1:1', 'redis'],
    ['redis+cluster://user:pw@127.0.0.1:1,127.0.0.1:2?readFrom=replica&tls=true', 'redis'],
    ['redis+sentinel://127.0.0.1:1/mymaster/1?sentinelPassword=x', 'redis'],
    ['memcached://user:pw@127.0.0.1:1,127.0.0.1:2?prefix=shop&tls=true', 'memcached'],
    ['dynamodb://eu-central-1/cache?endpoint=http://127.0.0.1:1', 'dynamodb'],
    ['firestore://my-project/cache?database=eu', 'firestore'],
    ['larder+http://:key@127.0.0.1:1', 'remote'],
  ])('makes the store of %s, which connects to nothing yet', async (address, name) => {
    const store = await stores.choose(address).open?.();
    expect(store?.name).toBe(name);
    await store?.close();
  });

  it('opens nothing where memory is all there is', () => {
    expect(stores.choose('memory:?maxBytes=1mb')).toEqual({ memory: { maxBytes: '1mb' } });
  });

  it('leaves other registries alone', () => {
    expect(createStoreRegistry(builtInStores).schemes).toEqual(builtIn);
    expect(stores.schemes).toEqual([...builtIn, 'acme']);
  });

  it.each([
    ['./folder', `it names no store of this version: there are ${schemes}`],
    ['', `it names no store of this version: there are ${schemes}`],
    ['constructor:x', `"constructor" names no store of this version: there are ${schemes}`],
    ['imdb:./x', '"imdb" names no store of this version: did you mean lmdb:?'],
    ['postgres://u:hunter2@h', `"postgres" names no store of this version: there are ${schemes}`],
  ])('refuses %s', (address, reason) => {
    expect(() => stores.choose(address)).toThrow(new InvalidAddressError(reason, 'lmdb:./.larder or memory:'));
  });

  it('does not repeat what a third party says, who may repeat the address', () => {
    const careless = createStoreRegistry({
      acme: (address) => {
        throw new Error(`cannot read ${address}`);
      },
    });
    expect(() => careless.choose('acme://u:hunter2@h')).toThrow(
      'The address of the store cannot be used: the store of acme: refused it. Example: acme:…',
    );
  });

  it.each(['acme://', 'Acme', '', 'a b'])("takes no scheme '%s'", (scheme) => {
    expect(() => createStoreRegistry({ [scheme]: () => ({}) })).toThrow(InvalidOptionError);
  });

  it('takes no scheme without a function', () => {
    expect(() => createStoreRegistry({ acme: undefined as never })).toThrow(/'acme' must be a scheme/);
  });

  it('reads a scheme in any letters', () => {
    expect([schemeOf('Redis+Cluster://a'), schemeOf('no scheme'), schemeOf('1:x')]).toEqual([
      'redis+cluster',
      undefined,
      undefined,
    ]);
  });
});
