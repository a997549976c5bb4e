import { once } from 'node:events';
import { connect } from 'node:net';
import { type Cache, createCache, inProcessBus, type Store, StoreError } from '@larder/cache';
import { memoryMapStore } from '@larder/cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/modules/api-keys/scopes.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { type EventReader, ofType, readEvents, withKey } from '../../support/event-reader.js';
import { apiKey } from '../../support/service-process.js';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function start(options: Parameters<typeof startApp>[0] = {}): Promise<AppInProcess> {
  const app = await startApp(options);
  opened.push(app);
  return app;
}

async function read({ port }: AppInProcess, options: Parameters<typeof readEvents>[1] = {}): Promise<EventReader> {
  const reader = await readEvents(port, options);
  opened.push(reader);
  await reader.next(ofType('ready'));
  return reader;
}

async function keyWith({ client }: AppInProcess, terms: { scopes?: Scope[]; prefixes?: string[] }) {
  const made = await client.send('POST', '/admin/v1/tenants/default/keys', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'a key', scopes: ['cache:read'], ...terms }),
  });
  const { id, key } = JSON.parse(made.body.toString());
  return { id, key };
}

/** Lets pass what happens between two turns, and the time in which keys are collected. */
async function soon({ clock }: AppInProcess) {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5);
}

describe('API keys that read events', () => {
  it('with prefixes are told of keys they reach, and of nothing else by name', async () => {
    const app = await start();
    const { key } = await keyWith(app, { prefixes: ['a:'] });
    const reader = await read(app, { key });
    for (const name of ['b:secret', 'a:1', 'c:secret']) {
      await app.client.send('PUT', `/v1/cache/${name}`, { body: 'x' });
      await soon(app);
    }
    expect((await reader.next()).data).toEqual({ keys: ['a:1'] });
    await app.tenant.entries.invalidateTags(['secret tag']);
    expect((await reader.next()).type).toBe('reset');
    await app.tenant.entries.clear();
    expect((await reader.next()).type).toBe('reset');
    expect(reader.text()).not.toContain('secret');
  });

  it('with prefixes are not told of others when they resume', async () => {
    const app = await start();
    const { key } = await keyWith(app, { prefixes: ['a:'] });
    const everything = await read(app);
    await app.client.send('PUT', '/v1/cache/first', { body: 'x' });
    await soon(app);
    const { id } = await everything.next(withKey('change', 'first'));
    for (const name of ['b:secret', 'a:1']) await app.client.send('PUT', `/v1/cache/${name}`, { body: 'x' });
    await soon(app);
    const reader = await read(app, { key, lastEventId: id });
    expect((await reader.next()).data).toEqual({ keys: ['a:1'] });
    expect(reader.text()).not.toContain('secret');
  });

  it('need the scope cache:read', async () => {
    const app = await start();
    const { key } = await keyWith(app, { scopes: ['cache:write', 'admin'] });
    await expect(readEvents(app.port, { key })).rejects.toThrow('403');
  });

  it('that were revoked lose their streams at the next heartbeat', async () => {
    const app = await start();
    const { id, key } = await keyWith(app, {});
    const reader = await read(app, { key });
    await app.client.send('DELETE', `/admin/v1/tenants/default/keys/${id}`);
    app.clock.advance(15_000);
    await reader.ended;
  });

  it('of one tenant are told nothing of another, also by its ids', async () => {
    const app = await start();
    await app.client.send('POST', '/admin/v1/tenants', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: 'other' }),
    });
    const made = await app.client.send('POST', '/admin/v1/tenants/other/keys', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'a key', scopes: ['cache:read'] }),
    });
    const { key } = JSON.parse(made.body.toString());
    const own = await read(app);
    const foreign = await read(app, { key });
    await app.client.send('PUT', '/v1/cache/secret', { body: 'x' });
    await soon(app);
    const { id } = await own.next(withKey('change', 'secret'));
    const resumed = await read(app, { key, lastEventId: id });
    expect((await resumed.next()).type).toBe('reset');
    await soon(app);
    expect(foreign.events).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('hears something as often as the reader asks for', async () => {
    const app = await start();
    const reader = await read(app, { query: '?heartbeat=1' });
    for (let beat = 1; beat <= 3; beat++) {
      app.clock.advance(1_000);
      await expect.poll(() => reader.text().split('\n:\n').length - 1, { interval: 5 }).toBe(beat);
    }
    for (const wrong of ['0', '61', 'x', '1.5', '']) {
      await expect(readEvents(app.port, { query: `?heartbeat=${wrong}` })).rejects.toThrow('400');
    }
  });

  it('ends with its connection also where it waits for its turn on it', async () => {
    const app = await start({ eventLimits: { streamsPerTenant: 3 } });
    const socket = connect(app.port, '127.0.0.1');
    const one = `GET /v1/events HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\n\r\n`;
    socket.write(one.repeat(3));
    await once(socket, 'data');
    const status = async () => (await app.client.send('HEAD', '/v1/events')).status;
    const isFull = async () => (await app.client.send('GET', '/v1/events?heartbeat=0')).status;
    await expect.poll(isFull).toBe(429);
    socket.destroy();
    await expect.poll(isFull).toBe(400);
    expect(await status()).toBe(200);
  });

  it('is refused with 429 where the tenant has too many, until one of them ends', async () => {
    const app = await start({ eventLimits: { streamsPerTenant: 2 } });
    const [first] = [await read(app), await read(app)];
    const refused = await app.client.send('GET', '/v1/events');
    expect([refused.status, JSON.parse(refused.body.toString()).code, refused.headers['retry-after']]).toEqual([
      ...[429, 'rate_limited', '5'],
    ]);
    first.close();
    await expect.poll(() => readEvents(app.port).then(opened.push.bind(opened), () => 0)).toBeGreaterThan(0);
  });

  it('of a reader that stands still is given up', async () => {
    const app = await start();
    const socket = connect({ port: app.port, host: '127.0.0.1' });
    opened.push({ close: () => socket.destroy() });
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${apiKey}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    // More than the system takes for a connection that is not read.
    for (let turn = 0; turn < 600; turn++) {
      const keys = Array.from({ length: 100 }, (_, at) => `${turn}:${at}:${'x'.repeat(400)}`);
      await app.tenant.entries.setMany(keys.map((key) => [key, new Uint8Array(0)] as const));
      await app.tenant.entries.deleteMany(keys);
      for (let pause = 0; pause < 3; pause++) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let beat = 0; beat < 4; beat++) {
      app.clock.advance(15_000);
      await soon(app);
    }
    socket.resume();
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
  });

  it('answers HEAD without a stream', async () => {
    const app = await start();
    const answer = await app.client.send('HEAD', '/v1/events');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
  });
});

describe('what this process did not do itself', () => {
  async function withAnother(): Promise<{ app: AppInProcess; other: Cache }> {
    const [bus, store] = [inProcessBus(), memoryMapStore()];
    const app = await start({ bus, store });
    const other = createCache({ namespace: 'tenants', bus, store, clock: app.clock, memory: false });
    opened.push(other);
    await soon(app);
    return { app, other };
  }

  it('is told: keys, tags and clears of another process', async () => {
    const { app, other } = await withAnother();
    const reader = await read(app);
    const entries = other.namespace('default');
    await entries.set('k', new Uint8Array(0));
    await soon(app);
    expect((await reader.next()).data).toEqual({ keys: ['k'] });
    await entries.invalidateTags(['t'], { remove: true });
    await soon(app);
    expect((await reader.next(ofType('invalidate-tags'))).data).toEqual({ tags: ['t'], remove: true });
    await entries.clear();
    await soon(app);
    await reader.next(ofType('clear'));
  });

  it('is a reset where something may have been missed', async () => {
    const { app } = await withAnother();
    const reader = await read(app);
    // The bus is not heard for three heartbeats.
    app.clock.advance(3_500);
    await soon(app);
    expect((await reader.next()).type).toBe('reset');
  });

  it('is a reset where the store may have made a write that it failed', async () => {
    let isBroken = false;
    const store = memoryMapStore();
    const failing: Store = {
      ...store,
      async set(...call) {
        const done = await store.set(...call);
        if (isBroken) throw new StoreError('map', 'The connection was lost.');
        return done;
      },
      async get(...call) {
        if (isBroken) throw new StoreError('map', 'The connection was lost.');
        return store.get(...call);
      },
    };
    const app = await start({ store: failing });
    const reader = await read(app);
    isBroken = true;
    await app.tenant.entries.get('k').catch(() => {});
    await soon(app);
    await app.tenant.entries.set('k', new Uint8Array(0)).catch(() => {});
    await soon(app);
    expect((await reader.next()).type).toBe('reset');
    expect(reader.events.map(({ type }) => type)).toEqual(['ready', 'reset']);
  });
});
