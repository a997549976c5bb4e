import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoreWrite } from '../../../src/contracts/store.js';
import { type FirestoreClient, firestoreStore } from '../../../src/stores/firestore/index.js';
import { type FirestoreServer, firestoreMissing, skipNote, startFirestore } from '../../servers/firestore.js';
import { emulatorClient, newCollection } from './emulator-client.js';

const start = Date.UTC(2030, 0, 1);
const never = Number.POSITIVE_INFINITY;

const writeOf = (key: string, rest: Partial<StoreWrite> = {}): StoreWrite => {
  return { key, bytes: Buffer.from('value'), expiresAt: never, version: 'v1', indexes: {}, ...rest };
};

describe('firestoreStore', () => {
  it('takes the shape of the real client', () => {
    const client: FirestoreClient = new Firestore({ projectId: 'unused' });
    expect(firestoreStore({ client, collection: 'cache' }).name).toBe('firestore');
  });

  it.each([
    [{ collection: '' }, /collection/],
    [{ collection: 'a/b' }, /path of a collection/],
    [{ collection: 'a//b' }, /path of a collection/],
    [{ collection: '__a__' }, /path of a collection/],
    [{ collection: undefined }, /collection/],
    [{ collection: 'a', client: {} }, /Firestore object/],
    [{ collection: 'a', client: new Firestore({ projectId: 'p' }), projectId: 'p' }, /either a client/],
    [{ collection: 'a', trackAccess: 'always' }, /'hourly' or 'daily'/],
  ])('refuses %o', (options, says) => {
    const open = () => firestoreStore(options as Parameters<typeof firestoreStore>[0]);
    expect(open).toThrow(
      expect.objectContaining({ code: 'LARDER_INVALID_OPTION', message: expect.stringMatching(says) }),
    );
  });
});

it('says that there are no credentials, and no stray rejection of the client ends the process', () => {
  const program = fileURLToPath(new URL('children/without-credentials.mjs', import.meta.url));
  const env = { PATH: process.env.PATH, HOME: tmpdir(), METADATA_SERVER_DETECTION: 'none' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8', timeout: 20_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.match(/^No credentials/gm)).toHaveLength(3);
});

describe.skipIf(firestoreMissing !== undefined)(`a collection of Firestore${skipNote}`, () => {
  let server: FirestoreServer;
  let client: Firestore;
  let collection = '';
  const open = (options: { trackAccess?: 'hourly' } = {}) => firestoreStore({ client, collection, ...options });
  const documentOf = async (id: string) => (await client.collection(collection).doc(id).get()).data() ?? {};
  const millisIn = async (id: string, field: string) => ((await documentOf(id))[field] as Timestamp).toMillis();

  beforeAll(async () => {
    server = await startFirestore();
    client = emulatorClient(server.host);
  });
  afterAll(async () => {
    await client?.terminate();
    await server?.stop();
  });
  beforeEach(() => {
    collection = newCollection();
  });

  it('has a document for each entry, with fields that others can read and query', async () => {
    const write = writeOf('user/1', { expiresAt: start + 1000.25, indexes: { plan: 'pro', user: 'alice' } });
    await open().set([write], { now: start });
    const { created_at, expires_at, last_accessed, write_id, ...fields } = await documentOf('=user%2F1');
    expect(fields).toEqual({
      key: 'user/1',
      data: Buffer.from('value'),
      version: 'v1',
      deadline: start + 1000.25,
      terms: ['plan:pro', 'user:alice'],
    });
    // Rounded up: what the TTL policy deletes has ended.
    expect([created_at, expires_at, last_accessed].map((time) => time.toMillis())).toEqual([
      start,
      start + 1001,
      start,
    ]);
    expect(write_id).toEqual(expect.any(String));
    const found = await client.collection(collection).where('terms', 'array-contains', 'user:alice').get();
    expect(found.size).toBe(1);
  });

  it('has no expires_at where there is no end, nor one that a timestamp can name', async () => {
    await open().set([writeOf('never'), writeOf('late', { expiresAt: 1e15 })], { now: start });
    expect([(await documentOf('=never')).expires_at, (await documentOf('=late')).expires_at]).toEqual([null, null]);
  });

  it('keeps created_at at a touch, and moves last_accessed', async () => {
    const store = open();
    await store.set([writeOf('key')], { now: start });
    await store.modify('key', (current) => (current ? { ...current, indexes: {} } : 'keep'), { now: start + 5000 });
    expect([await millisIn('=key', 'created_at'), await millisIn('=key', 'last_accessed')]).toEqual([
      start,
      start + 5000,
    ]);
  });

  it('writes nothing at reads, unless asked to, and then once in a while', async () => {
    const [plain, tracking] = [open(), open({ trackAccess: 'hourly' })];
    await plain.set([writeOf('key')], { now: start });
    await plain.get(['key'], { now: start + 7_200_000 });
    await tracking.get(['key'], { now: start + 3_599_999 });
    expect(await millisIn('=key', 'last_accessed')).toBe(start);
    await tracking.get(['key'], { now: start + 3_600_000 });
    await expect.poll(() => millisIn('=key', 'last_accessed')).toBe(start + 3_600_000);
    expect(await plain.get(['key'], { now: start })).toMatchObject([{ version: 'v1' }]);
  });

  it('asks for everything that is read within a tick in one request, each document once', async () => {
    const requests: number[] = [];
    const counting: FirestoreClient = {
      collection: (path) => client.collection(path),
      bulkWriter: (options) => client.bulkWriter(options),
      terminate: () => client.terminate(),
      getAll(...all) {
        requests.push(all.length - 1);
        return (client as FirestoreClient).getAll(...all);
      },
    };
    const store = firestoreStore({ client: counting, collection });
    await Promise.all(['a', 'b', 'c'].map((key) => store.get([key, 'ledger'], { now: start })));
    expect(requests).toEqual([4]);
  });

  it('keeps long keys apart, and lists them by prefixes of any length', async () => {
    const store = open();
    const long = 'é'.repeat(2000);
    const keys = [`${long}a`, `${long}b`, `${long}`, 'é'];
    await store.set(
      keys.map((key) => writeOf(key, { version: key.slice(-1) })),
      { now: start },
    );
    expect((await store.get(keys, { now: start })).map((entry) => entry?.version)).toEqual(['a', 'b', 'é', 'é']);
    const listed = async (prefix: string) => (await store.scan(prefix, { limit: 10 }, { now: start })).keys.length;
    expect(await Promise.all(['é', long, `${long}a`, `${long}c`].map(listed))).toEqual([4, 3, 1, 0]);
  });

  it('refuses a cursor of another listing', async () => {
    const cursor = Buffer.from('=b').toString('base64url');
    const page = open().scan('a', { cursor, limit: 10 }, { now: start });
    await expect(page).rejects.toMatchObject({ code: 'LARDER_INVALID_OPTION' });
  });

  it('keeps the largest values, also many of them at once', async () => {
    const store = open();
    const { valueBytes } = store.capabilities.limits;
    const keys = Array.from({ length: 15 }, (_, index) => `large:${index}`);
    const results = await store.set(
      keys.map((key, at) => writeOf(key, { bytes: new Uint8Array(valueBytes).fill(at) })),
      { now: start },
    );
    expect(new Set(results)).toEqual(new Set(['created']));
    const found = await store.get(keys, { now: start });
    expect(found.map((entry) => [entry?.bytes.byteLength, entry?.bytes[7]])).toEqual(
      keys.map((_, at) => [valueBytes, at]),
    );
  });

  it('refuses a larger value, and says how large it may be; nothing of its batch is written', async () => {
    const store = open();
    const { valueBytes } = store.capabilities.limits;
    const tooLarge = writeOf('large', { bytes: new Uint8Array(valueBytes + 1) });
    await expect(store.set([writeOf('small'), tooLarge], { now: start })).rejects.toMatchObject({
      code: 'LARDER_UNSUPPORTED_VALUE',
      message: expect.stringContaining(String(valueBytes)),
    });
    const terms = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`n${index}`, 'x'.repeat(1000)]));
    const tooMany = writeOf('terms', { bytes: new Uint8Array(valueBytes), indexes: terms });
    await expect(store.set([tooMany], { now: start })).rejects.toMatchObject({ code: 'LARDER_UNSUPPORTED_VALUE' });
    expect(await store.get(['small', 'large', 'terms'], { now: start })).toEqual([undefined, undefined, undefined]);
  });

  it('is changed by several writers at once without a loss', async () => {
    const clients = [1, 2, 3].map(() => emulatorClient(server.host));
    const stores = clients.map((each) => firestoreStore({ client: each, collection }));
    const results = await Promise.all(
      stores.map(async (store, writer) => {
        for (let step = 0; step < 10; step++) {
          await store.modify(
            'list',
            (current) =>
              writeOf('', { bytes: Buffer.concat([current?.bytes ?? Buffer.alloc(0), Buffer.from([writer])]) }),
            { now: start },
          );
        }
        return store.set([writeOf('one', { condition: { absent: true } })], { now: start });
      }),
    );
    expect(results.flat().sort()).toEqual(['condition-failed', 'condition-failed', 'created']);
    const [list] = await open().get(['list'], { now: start });
    expect([0, 1, 2].map((writer) => list?.bytes.filter((byte) => byte === writer).length)).toEqual([10, 10, 10]);
    await Promise.all(clients.map((each) => each.terminate()));
  });

  it('takes a write whose answer was lost, and that the client sent again, for one write', async () => {
    const losing: FirestoreClient = {
      collection: (path) => client.collection(path),
      getAll: (...all) => (client as FirestoreClient).getAll(...all),
      terminate: () => client.terminate(),
      bulkWriter(options) {
        const writer = (client as FirestoreClient).bulkWriter(options);
        return {
          create: async (...write) => {
            await writer.create(...write);
            throw Object.assign(new Error('sent again'), { code: 6 });
          },
          update: async (...write) => {
            await writer.update(...write);
            throw Object.assign(new Error('sent again'), { code: 9 });
          },
          delete: (...write) => writer.delete(...write),
          onWriteError: (shouldRetry) => writer.onWriteError(shouldRetry),
          close: () => writer.close(),
        };
      },
    };
    const store = firestoreStore({ client: losing, collection });
    const append = () =>
      store.modify(
        'key',
        (current) => writeOf('', { bytes: Buffer.concat([current?.bytes ?? Buffer.alloc(0), Buffer.from('x')]) }),
        {
          now: start,
        },
      );
    await append();
    await append();
    const [entry] = await store.get(['key'], { now: start });
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('xx');
  });

  it('is not pruned of documents that are not the store’s', async () => {
    const foreign = client.collection(collection).doc('foreign');
    await foreign.set({ expires_at: new Date(start - 1000) });
    const store = open();
    await store.set([writeOf('key', { expiresAt: start - 1 })], { now: start - 10 });
    expect(await store.prune(1, { now: start })).toBe(1);
    expect(await store.prune(10, { now: start })).toBe(0);
    expect((await foreign.get()).exists).toBe(true);
  });

  it('does not send what nobody waits for any more', async () => {
    const store = open();
    const abort = new AbortController();
    const write = store.set([writeOf('key')], { now: start, signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(write).rejects.toThrow('gone');
    expect(await store.get(['key'], { now: start })).toEqual([undefined]);
  });

  it('leaves a client that was given open', async () => {
    await open().close();
    expect(await open().get(['key'], { now: start })).toEqual([undefined]);
  });
});
