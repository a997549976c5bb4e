import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Store, StoreWrite } from '../../../src/contracts/store.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import type { MemcachedStoreOptions } from '../../../src/stores/memcached/options.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';
import { requireBuild } from '../lmdb/child-process.js';

const call = { now: Date.now() };
const write = (key: string, bytes: Uint8Array = Buffer.from('value')): StoreWrite => {
  return { key, bytes, expiresAt: Number.POSITIVE_INFINITY, version: 'v', indexes: {} };
};

let servers: MemcachedServer[] = [];
let stores: Store[] = [];
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(servers.map((server) => server.stop()));
  [servers, stores] = [[], []];
});

const open = (options: MemcachedStoreOptions): Store => {
  const store = memcachedStore(options);
  stores.push(store);
  return store;
};

describe.skipIf(isMemcachedMissing)(`what memcached has no room for${skipReason}`, () => {
  const start = async (...options: string[]): Promise<MemcachedServer> => {
    const server = await startMemcached(options);
    servers.push(server);
    return server;
  };

  it('is a full store where it may not evict, and reads go on', async () => {
    const { address } = await start('-m', '4', '-M');
    const store = open({ servers: [address] });
    await store.set([write('first')], call);
    const fill = async () => {
      for (let at = 0; at < 1_000; at += 1) await store.set([write(`k${at}`, Buffer.alloc(50_000))], call);
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'LARDER_STORE_FULL',
      message: expect.stringContaining('-m'),
    });
    expect((await store.get(['first'], call))[0]?.version).toBe('v');
  });

  it('is kept up to the declared limit, also under the longest key', async () => {
    const { address } = await start();
    const store = open({ servers: [address] });
    const { keyBytes, valueBytes } = store.capabilities.limits;
    const largest = write('k'.repeat(keyBytes), Buffer.alloc(valueBytes, 'x'));
    expect(await store.set([largest], call)).toEqual(['created']);
    expect((await store.get([largest.key], call))[0]?.bytes.length).toBe(valueBytes);
    await expect(store.set([write('k', Buffer.alloc(valueBytes + 1))], call)).rejects.toMatchObject({
      code: 'LARDER_UNSUPPORTED_VALUE',
      message: expect.stringMatching(/at most 1032192.*-I.*itemSize/),
    });
  });

  it('is refused by the limit of the server where that is lower than what was said', async () => {
    const { address } = await start();
    const store = open({ servers: [address], itemSize: 4 * 1024 * 1024 });
    await expect(store.set([write('k', Buffer.alloc(2_000_000))], call)).rejects.toMatchObject({
      code: 'LARDER_UNSUPPORTED_VALUE',
      message: expect.stringContaining('-I'),
    });
    expect(await store.set([write('k')], call)).toEqual(['created']);
  });

  it('may be larger where both sides say so', async () => {
    const { address } = await start('-I', '4m');
    const store = open({ servers: [address], itemSize: 4 * 1024 * 1024 });
    const large = Buffer.alloc(3_000_000, 'x');
    await store.set([write('k', large)], call);
    expect(large.equals((await store.get(['k'], call))[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('is refused altogether by a server without cas, which could change nothing safely', async () => {
    const { address } = await start('-C');
    const store = open({ servers: [address] });
    await store.set([write('k')], call);
    await expect(store.set([write('k')], call)).rejects.toMatchObject({ message: expect.stringContaining('-C') });
  });

  it('is evicted, and nothing invalidated comes back with it', async () => {
    const { address } = await start('-m', '2');
    const openCache = () => {
      const store = open({ servers: [address] });
      return createCache({ store, memory: false, onStoreError: 'throw', ttl: '1h', storeTimeout: '10s' });
    };
    const one = openCache();
    const rounds = Array.from({ length: 10 }, (_, at) => at);
    for (const round of rounds) {
      await one.set(`tagged:${round}`, round, { tags: [`tag:${round}`] });
      await one.invalidateTags([`tag:${round}`], { remove: true });
      // The entry is read, and so kept; its marker is of the size of the others, and has to make room.
      for (const part of ['a', 'b', 'c', 'd']) {
        for (const each of rounds) await one.get(`tagged:${each}`);
        await one.setMany(Array.from({ length: 500 }, (_, at) => [`fill:${round}:${part}:${at}`, 'x'.repeat(60)]));
      }
    }
    expect(await one.get('fill:0:a:0')).toBeUndefined();
    for (const round of rounds) expect(await openCache().get(`tagged:${round}`)).toBeUndefined();
  });
});

describe('a server that is no memcached', () => {
  const impostor = async (answer: (socket: Socket) => void) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      answer(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    };
    return { address: `127.0.0.1:${(server.address() as { port: number }).port}`, close };
  };

  it.each([
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['the answer to another question', 'MN\r\nHD O999 c1\r\n'],
    ['more answers than questions', 'MN\r\nEN\r\nEN\r\nEN\r\nEN\r\n'],
    ['half an answer, and then nothing', 'MN\r\nVA 5 O2\r\nab'],
  ])('gives %s: calls reject with a typed error, and nothing is taken for a value', async (_, text) => {
    const { address, close } = await impostor((socket) => {
      socket.once('data', () => socket.write(text));
    });
    const store = open({ servers: [address], answerTimeout: 200 });
    const outcomes = await Promise.allSettled(Array.from({ length: 3 }, (_, at) => store.get([`k${at}`], call)));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'LARDER_STORE_FAILED' });
      else expect(outcome.value).toEqual([undefined]);
    }
    await close();
  });
});

it.skipIf(isMemcachedMissing)('a store that is left open keeps no process alive', async () => {
  requireBuild();
  const server = await startMemcached();
  servers.push(server);
  const module = new URL('../../../dist/stores/memcached/index.js', import.meta.url);
  const program = `
    import { memcachedStore } from '${module}';
    const store = memcachedStore({ servers: ['${server.address}', '127.0.0.1:1'] });
    await Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => store.get([key], { now: Date.now() })));
    console.log('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: 'ignore',
    timeout: 20_000,
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
