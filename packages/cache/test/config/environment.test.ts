import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/config/interpolate.js';
import { readConfig } from '../../src/config/read-config.js';
import { InvalidConfigError } from '../../src/errors.js';
import { builtInStores } from '../../src/registry/built-in-stores.js';
import { createStoreRegistry } from '../../src/registry/store-registry.js';
import { memoryMapStore } from '../../src/testing/index.js';
import { folderWith, readYaml, variable } from './config-file.js';

const nowhere = '/there-is-no-such-folder';
const read = (environment: Environment) => readConfig(environment, { folder: nowhere });

describe('the environment', () => {
  it('need not say anything', async () => {
    const { choice, options } = await read({});
    expect(choice).toEqual({});
    expect(Object.keys(options)).toEqual(['namespaces']);
  });

  it('says what createCache would be given', async () => {
    const { choice, options } = await read({
      LARDER_STORE: 'lmdb:./x',
      LARDER_NAMESPACE: 'shop',
      LARDER_TTL: '10m',
      LARDER_STALE_WHILE_REVALIDATE: '1m',
      LARDER_STALE_IF_ERROR: '1h',
      LARDER_JITTER: '30s',
      LARDER_REFRESH_AHEAD: 'auto',
      LARDER_LOADER_TIMEOUT_SOFT: '200ms',
      LARDER_LOADER_TIMEOUT_HARD: '5s',
      LARDER_MEMORY: '64mb',
      LARDER_ON_STORE_ERROR: 'throw',
      LARDER_STORE_TIMEOUT: '500ms',
    });
    expect(choice.open).toBeTypeOf('function');
    expect(options).toMatchObject({
      namespace: 'shop',
      ttl: '10m',
      staleWhileRevalidate: '1m',
      staleIfError: '1h',
      jitter: '30s',
      refreshAhead: 'auto',
      loaderTimeout: { soft: '200ms', hard: '5s' },
      memory: { maxBytes: '64mb' },
      onStoreError: 'throw',
      storeTimeout: '500ms',
    });
  });

  it.each([
    ['LARDER_TTL', '30', 'LARDER_TTL cannot be used: "30" is no duration that says its unit. Example: LARDER_TTL=10m'],
    ['LARDER_TTL', '', 'LARDER_TTL cannot be used: it is empty. Example: LARDER_TTL=10m'],
    [
      'LARDER_MEMORY',
      'off',
      'LARDER_MEMORY cannot be used: it is off, and there is no other store to keep anything. Example: LARDER_MEMORY=64mb',
    ],
    ['LARDER_STORE', '', 'LARDER_STORE cannot be used: it is empty. Example: LARDER_STORE=lmdb:./.larder'],
    [
      'LARDER_STORE',
      'x',
      `LARDER_STORE cannot be used: it names no store of this version: there are ${Object.keys(builtInStores).join(', ')}. Example: LARDER_STORE=lmdb:./.larder or memory:`,
    ],
    ['LARDER_CONFIG', '', 'LARDER_CONFIG cannot be used: it is empty. Example: LARDER_CONFIG=./larder.yaml'],
    [
      'LARDER_CONFIG',
      '/no/larder.yaml',
      'LARDER_CONFIG cannot be used: there is no file "/no/larder.yaml". Example: LARDER_CONFIG=./larder.yaml',
    ],
    ['LARDER_CONFIG', '/', 'LARDER_CONFIG cannot be used: "/" is a folder. Example: LARDER_CONFIG=./larder.yaml'],
  ])('%s=%s is refused', async (name, text, message) => {
    await expect(read({ [name]: text })).rejects.toThrow(message);
    await expect(read({ [name]: text })).rejects.toBeInstanceOf(InvalidConfigError);
  });

  it('tells programs too what is wrong', async () => {
    const error = await read({ LARDER_TTL: 'x' }).catch((thrown: unknown) => thrown);
    expect((error as InvalidConfigError).problems).toEqual([
      {
        name: 'LARDER_TTL',
        reason: 'cannot be used: "x" is no duration that says its unit',
        example: 'LARDER_TTL=10m',
      },
    ]);
  });

  it('reads the file that LARDER_CONFIG names, by any name', async () => {
    const folder = await folderWith({ 'cache.yml': 'ttl: 7m', 'larder.yaml': 'ttl: 8m' });
    const { options } = await readConfig({ LARDER_CONFIG: join(folder, 'cache.yml') }, { folder });
    expect(options.ttl).toBe('7m');
  });
});

describe('a file and the environment', () => {
  it('the environment goes first, setting by setting', async () => {
    const { options } = await readYaml('ttl: 1m\njitter: 5s\nloaderTimeout: { soft: 1s, hard: 9s }', {
      LARDER_TTL: '2m',
      LARDER_LOADER_TIMEOUT_SOFT: '2s',
    });
    expect(options).toMatchObject({ ttl: '2m', jitter: '5s', loaderTimeout: { soft: '2s', hard: '9s' } });
  });

  it('the environment can bound memory, turn it off, and turn it on', async () => {
    const lmdb = { LARDER_STORE: 'lmdb:./x' };
    const section = 'memory: { maxBytes: 1mb, policy: lru }';
    expect((await readYaml(section, { LARDER_MEMORY: '2mb' })).options.memory).toEqual({
      maxBytes: '2mb',
      policy: 'lru',
    });
    expect((await readYaml(section, { ...lmdb, LARDER_MEMORY: 'off' })).options.memory).toBe(false);
    expect((await readYaml('memory: off', { ...lmdb, LARDER_MEMORY: '2mb' })).options.memory).toEqual({
      maxBytes: '2mb',
    });
  });

  describe('credentials', () => {
    const opened: string[] = [];
    const stores = createStoreRegistry({
      acme: (address) => ({
        open: () => {
          opened.push(address);
          return memoryMapStore();
        },
      }),
    });
    const addressOf = async (text: string, environment: Environment) => {
      await (await readYaml(text, environment, { stores })).choice.open?.();
      return opened.at(-1);
    };

    it('apart from the address may hold any character', async () => {
      const text = `store:\n  url: acme://host/1\n  username: me\n  password: ${variable('PASSWORD')}`;
      expect(await addressOf(text, { PASSWORD: 'a@b/c?d#e:%' })).toBe('acme://me:a%40b%2Fc%3Fd%23e%3A%25@host/1');
    });

    it('of the environment join an address of the file', async () => {
      expect(await addressOf('store: acme://host', { LARDER_STORE_PASSWORD: 'x' })).toBe('acme://:x@host');
    });

    // They are for the server that the file names, and must not be sent to another.
    it('of the file do not join an address of the environment', async () => {
      const text = 'store: { url: "acme://host", password: x }';
      expect(await addressOf(text, { LARDER_STORE: 'acme://other' })).toBe('acme://other');
    });
  });
});
