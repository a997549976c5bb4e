import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, describe, expect, it } from 'vitest';
import type { BusConnection, BusListener } from '../../../src/contracts/bus.js';
import type { Store } from '../../../src/contracts/store.js';
import { kept, prepareRow } from '../../../src/stores/lmdb/bus-log.js';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { openEnvironment } from '../../../src/stores/lmdb/open-environment.js';
import { requireBuild, runChild } from './child-process.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const call = { now: 1_000_000 };
const stores: Store[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

function storeAt(path: string): Store {
  const store = lmdbStore({ path });
  stores.push(store);
  return store;
}

/** A connection that writes down what it is told. */
function follow(store: Store): BusConnection & { readonly told: string[] } {
  const told: string[] = [];
  const listener: BusListener = {
    received: (frame) => told.push(Buffer.from(frame).toString()),
    connected: () => told.push('connected'),
    disconnected: () => told.push('disconnected'),
    storeWrote: () => told.push('store wrote'),
  };
  const connection = store.bus?.open(listener);
  if (connection === undefined) throw new Error('This store has no bus.');
  return { ...connection, told };
}

const bytesOf = (text: string) => Buffer.from(text);
const toldIn = (connection: { told: string[] }) => expect.poll(() => connection.told, { interval: 2, timeout: 5000 });

describe('the bus of a store', () => {
  it('is there unless the store is exclusive, and touches nothing before it is opened', async () => {
    const path = await newFolder();
    expect(lmdbStore({ path, exclusive: true }).bus).toBeUndefined();
    expect(storeAt(path).bus?.name).toBe('lmdb');
    expect(existsSync(path)).toBe(false);
  });

  it('opens the file by itself, and says that it is connected', async () => {
    const path = await newFolder();
    const connection = follow(storeAt(path));
    await toldIn(connection).toEqual(['connected']);
    expect(existsSync(join(path, 'data.mdb'))).toBe(true);
  });

  it('tells nothing of what was published before', async () => {
    const path = await newFolder();
    const store = storeAt(path);
    const first = follow(store);
    await first.publish(bytesOf('before'));
    await toldIn(first).toEqual(['connected', 'before']);
    const second = follow(store);
    await toldIn(second).toEqual(['connected']);
    await first.publish(bytesOf('after'));
    await toldIn(second).toEqual(['connected', 'after']);
  });

  it('says that it missed something where the log was trimmed past it', async () => {
    const path = await newFolder();
    const connection = follow(storeAt(path));
    await toldIn(connection).toEqual(['connected']);
    // Appended and trimmed in one transaction, so that nobody can keep up.
    const environment = await openEnvironment({ path });
    environment.root.transactionSync(() => {
      for (let at = 0; at < kept.frames + 500; at += 1) environment.busLog.append(prepareRow(bytesOf('missed')), 1);
    });
    await environment.root.close();
    await toldIn(connection).toEqual(['connected', 'disconnected', 'connected']);
    await connection.publish(bytesOf('after'));
    await toldIn(connection).toEqual(['connected', 'disconnected', 'connected', 'after']);
  });

  it('hears again within a moment after the wake-up is lost, and when its file was removed', async () => {
    const path = await newFolder();
    const store = storeAt(path);
    const [speaker, ear] = [follow(store), follow(store)];
    await toldIn(speaker).toEqual(['connected']);
    await toldIn(ear).toEqual(['connected']);
    await rm(join(path, 'wake'));
    for (const text of ['one', 'two', 'three']) await speaker.publish(bytesOf(text));
    await toldIn(ear).toEqual(['connected', 'one', 'two', 'three']);
    await expect.poll(() => existsSync(join(path, 'wake'))).toBe(true);
  });
});

describe('a store that is closed before its bus', () => {
  it('ends it: it says so once, refuses frames, and opens nothing', async () => {
    const path = await newFolder();
    const store = storeAt(path);
    const connection = follow(store);
    await toldIn(connection).toEqual(['connected']);
    await store.close();
    await expect(connection.publish(bytesOf('late'))).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
    await toldIn(connection).toEqual(['connected', 'disconnected']);
    await connection.close();
    expect((await readdir(path)).filter((name) => name.startsWith('open-'))).toEqual([]);
  });
});

describe('a file that cannot be opened', () => {
  it('refuses frames with a StoreError, and is followed as soon as it opens', async () => {
    const path = await newFolder();
    await writeFile(path, 'in the way');
    const store = storeAt(path);
    const connection = follow(store);
    await expect(connection.publish(bytesOf('one'))).rejects.toMatchObject({
      name: 'StoreError',
      code: 'LARDER_STORE_FAILED',
    });
    expect(connection.told).toEqual([]);
    await rm(path);
    await store.get(['key'], call);
    await toldIn(connection).toEqual(['connected']);
    await connection.publish(bytesOf('two'));
    await toldIn(connection).toEqual(['connected', 'two']);
  });

  it('is refused where somebody has it to himself, and followed after that', async () => {
    const path = await newFolder();
    const holder = lmdbStore({ path, exclusive: true });
    await holder.get(['key'], call);
    const connection = follow(storeAt(path));
    await expect(connection.publish(bytesOf('one'))).rejects.toMatchObject({ code: 'LARDER_STORE_IN_USE' });
    await holder.close();
    await connection.publish(bytesOf('two'));
    await toldIn(connection).toContain('connected');
  });
});

describe('a file of the version before', () => {
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const tables = ['values', 'expiry', 'index'];
  /** As that version opens it. */
  const openOld = (path: string) => {
    const root = open<Buffer, Buffer>(path, { ...binary, noSubdir: false, maxDbs: 8 });
    return { root, values: tables.map((name) => root.openDB<Buffer, Buffer>(name, binary))[0] };
  };

  it('gets its log when it is opened, and is still read by that version', async () => {
    const path = await newFolder();
    await mkdir(path);
    const old = openOld(path);
    await old.root.put(bytesOf('\u0000larder'), bytesOf('1'));
    await old.root.close();

    const store = storeAt(path);
    const connection = follow(store);
    await store.set([{ key: 'key', bytes: bytesOf('v'), expiresAt: 2_000_000, version: '1', indexes: {} }], call);
    await connection.publish(bytesOf('one'));
    await toldIn(connection).toEqual(['connected', 'one']);
    await connection.close();
    await store.close();

    const again = openOld(path);
    expect(again.root.getBinary(bytesOf('\u0000larder'))?.toString()).toBe('1');
    expect([...(again.values?.getKeys() ?? [])].map(String)).toEqual(['key']);
    await again.root.close();
  });
});

describe.skipIf(process.platform === 'win32')('a disk that fails or is full (a limit on file sizes)', () => {
  it('refuses frames with a StoreError, and carries them again once there is room', async () => {
    requireBuild();
    const limited = ['sh', '-c', 'ulimit -f 8192; exec "$0" "$@"'];
    const { code, signal, reports, errors } = await runChild('bus-on-full-disk.mjs', [await newFolder()], limited);
    expect({ code, signal }, errors).toEqual({ code: 0, signal: null });
    const [full, freed] = reports as { refused: string; told: string[] }[];
    expect(['LARDER_STORE_FULL', 'LARDER_STORE_FAILED']).toContain(full?.refused);
    // Where LMDB calls the disk failed, the store opens the file anew, and the bus follows.
    const connections = freed?.told.filter((news) => news !== 'frame') ?? [];
    expect(connections.length % 2).toBe(1);
    expect(connections).toEqual(connections.map((_, at) => (at % 2 === 0 ? 'connected' : 'disconnected')));
    if (full?.refused === 'LARDER_STORE_FAILED') expect(connections.length).toBeGreaterThan(1);
    expect(freed?.told.at(-1)).toBe('frame');
  });
});
