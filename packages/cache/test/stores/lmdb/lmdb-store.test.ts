import { cp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StoreWrite } from '../../../src/contracts/store.js';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { requireBuild, runChild } from './child-process.js';
import { deepCheck } from './deep-check.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const call = { now: 1_000_000 };

function writeOf(key: string, rest: Partial<StoreWrite> = {}): StoreWrite {
  const bytes = Buffer.from('value');
  return { key, bytes, expiresAt: Number.POSITIVE_INFINITY, version: '1', indexes: {}, ...rest };
}

describe('options', () => {
  it('refuses a missing path and a map size that is none', () => {
    expect(() => lmdbStore({ path: '' })).toThrow(/path must be a folder, such as/);
    expect(() => lmdbStore({ path: 'unused', mapSize: -1 })).toThrow(/mapSize must be a positive number of bytes/);
  });

  it('takes the map size for a start, not for a limit', async () => {
    const store = lmdbStore({ path: await newFolder(), mapSize: 1024 * 1024 });
    const bytes = Buffer.alloc(3 * 1024 * 1024, 1);
    await store.set([writeOf('key', { bytes })], call);
    const [entry] = await store.get(['key'], call);
    expect(entry?.bytes.byteLength).toBe(bytes.length);
    await store.close();
  });
});

describe('opening', () => {
  it('says which package to install where the client is missing', async () => {
    requireBuild();
    const folder = dirname(await newFolder());
    await cp(fileURLToPath(new URL('../../../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const entryPoint = pathToFileURL(join(folder, 'dist/stores/lmdb/index.js')).href;
    const { reports } = await runChild('open-without-client.mjs', [entryPoint, join(folder, 'store')]);
    const missing = { name: 'ClientMissingError', code: 'LARDER_CLIENT_MISSING' };
    expect(reports).toMatchObject([{ made: 'lmdb' }, missing, missing]);
    expect((reports[1] as { message: string }).message).toContain('npm install lmdb');
  });

  it('tries again at the next call after a failure', async () => {
    const path = await newFolder();
    await writeFile(path, 'in the way');
    const store = lmdbStore({ path });
    await expect(store.get(['key'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await expect(store.set([writeOf('key')], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await rm(path);
    expect(await store.set([writeOf('key')], call)).toEqual(['created']);
    await store.close();
  });

  it('closes in peace after it never opened', async () => {
    const path = await newFolder();
    await writeFile(path, 'in the way');
    const store = lmdbStore({ path });
    const pending = store.get(['key'], call);
    pending.catch(() => {});
    await store.close();
    await expect(pending).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
  });
});

describe('a call that is no longer wanted', () => {
  it('changes nothing when its signal was aborted before', async () => {
    const store = lmdbStore({ path: await newFolder() });
    const reason = new Error('gave up');
    const signal = AbortSignal.abort(reason);
    await expect(store.set([writeOf('key')], { ...call, signal })).rejects.toBe(reason);
    await expect(store.get(['key'], { ...call, signal })).rejects.toBe(reason);
    expect(await store.get(['key'], call)).toEqual([undefined]);
    await store.close();
  });

  it('changes nothing when its signal is aborted while the write waits for its transaction', async () => {
    const store = lmdbStore({ path: await newFolder() });
    await store.set([writeOf('other')], call);
    const controller = new AbortController();
    const reason = new Error('gave up');
    const write = store.set([writeOf('key')], { ...call, signal: controller.signal });
    controller.abort(reason);
    await expect(write).rejects.toBe(reason);
    expect(await store.get(['key'], call)).toEqual([undefined]);
    await store.close();
  });
});

describe('side tables', () => {
  it('lose the rows of expired entries that byIndex comes across', async () => {
    const path = await newFolder();
    const store = lmdbStore({ path });
    const indexes = { user: 'alice', plan: 'pro' };
    await store.set([writeOf('a', { indexes, expiresAt: 1_000_500 }), writeOf('b', { indexes })], call);
    const term = { prefix: '', name: 'user', value: 'alice' };
    expect(await store.byIndex(term, { limit: 10 }, { now: 1_000_500 })).toEqual({ keys: ['b'] });
    await store.close();
    expect(await deepCheck(path)).toEqual({ problems: [], rows: { values: 1, expiry: 0, index: 2 } });
  });

  it('leave an entry alone that was written again before the cleaning', async () => {
    const path = await newFolder();
    const store = lmdbStore({ path });
    const indexes = { user: 'alice' };
    const later = { now: 1_000_500 };
    await store.set([writeOf('a', { indexes, expiresAt: 1_000_500 })], call);
    const term = { prefix: '', name: 'user', value: 'alice' };
    const listing = store.byIndex(term, { limit: 10 }, later);
    const write = store.set([writeOf('a', { indexes, version: '2' })], later);
    expect([await listing, await write]).toEqual([{ keys: [] }, ['created']]);
    await store.close();
    expect(await deepCheck(path)).toEqual({ problems: [], rows: { values: 1, expiry: 0, index: 1 } });
  });

  it('sort deadlines of every kind, so that prune takes what expired first', async () => {
    const store = lmdbStore({ path: await newFolder() });
    const deadlines = [5, -1, 0.5, 1e15, -1e9, 0, 4_294_967_296, -0.25, 1];
    await store.set(
      deadlines.map((expiresAt) => writeOf(`key:${expiresAt}`, { expiresAt })),
      call,
    );
    // Seen from before the first deadline, what is still there answers.
    const early = { now: Number.NEGATIVE_INFINITY };
    for (const next of [...deadlines].sort((left, right) => left - right).slice(0, -1)) {
      const [before] = await store.get([`key:${next}`], early);
      expect(before?.expiresAt).toBe(next);
      expect(await store.prune(1, { now: 1e14 })).toBe(1);
      expect(await store.get([`key:${next}`], early)).toEqual([undefined]);
    }
    expect(await store.prune(1, { now: 1e14 })).toBe(0);
    await store.close();
  });
});

describe('listings', () => {
  it('give an empty page with a cursor rather than work through a long dead region', async () => {
    const store = lmdbStore({ path: await newFolder() });
    const indexes = { user: 'alice' };
    const dead = Array.from({ length: 3000 }, (_, index) => writeOf(`key:${index}`, { expiresAt: 1_000_001, indexes }));
    await store.set(dead, call);
    const later = { now: 2_000_000 };
    const scanned = await store.scan('key:', { limit: 10 }, later);
    expect(scanned.keys).toEqual([]);
    expect(scanned.cursor).toBeDefined();
    const found = await store.byIndex({ prefix: 'key:', name: 'user', value: 'alice' }, { limit: 10 }, later);
    expect(found.keys).toEqual([]);
    expect(found.cursor).toBeDefined();
    await store.close();
  });

  it('refuse a cursor that is none of theirs', async () => {
    const store = lmdbStore({ path: await newFolder() });
    for (const cursor of ['????', 'x'.repeat(5000)]) {
      const refused = store.scan('key:', { cursor, limit: 10 }, call);
      await expect(refused).rejects.toMatchObject({ code: 'LARDER_INVALID_OPTION' });
    }
    await store.close();
  });
});

it('keeps the largest value it declares, and refuses a larger one', async () => {
  const path = await newFolder();
  const store = lmdbStore({ path });
  const { valueBytes } = store.capabilities.limits;
  const bytes = Buffer.alloc(valueBytes, 'larder');
  await store.set([writeOf('key', { bytes, indexes: { size: 'large' } })], call);
  const [entry] = await store.get(['key'], call);
  expect(bytes.equals(entry?.bytes ?? Buffer.alloc(0))).toBe(true);

  const tooLarge = { code: 'LARDER_UNSUPPORTED_VALUE' };
  const larger = writeOf('key', { bytes: Buffer.alloc(valueBytes + 1) });
  await expect(store.set([larger], call)).rejects.toMatchObject(tooLarge);
  await expect(store.modify('key', () => larger, call)).rejects.toMatchObject(tooLarge);
  const withTerms = writeOf('key', { bytes, indexes: { size: 'x'.repeat(70_000) } });
  await expect(store.set([withTerms], call)).rejects.toMatchObject(tooLarge);

  expect(await store.delete(['key'], call)).toEqual([true]);
  await store.close();
  expect((await deepCheck(path)).problems).toEqual([]);
});
