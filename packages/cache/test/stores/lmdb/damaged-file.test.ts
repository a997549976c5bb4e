import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { beforeAll, describe, expect, it } from 'vitest';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { seededRandom } from '../../../src/testing/index.js';
import { requireBuild, runChild } from './child-process.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const pageSize = 4096;
let sound = '';

/** 400 entries with terms and deadlines, some of them larger than a page, overwritten once so that pages were freed. */
beforeAll(async () => {
  requireBuild();
  sound = await newFolder();
  const store = lmdbStore({ path: sound });
  for (const text of ['old', 'value']) {
    const writes = Array.from({ length: 400 }, (_, index) => ({
      key: `key:${index}`,
      bytes: Buffer.from(`${text} ${index}`.padEnd(index % 40 === 0 ? 9000 : 100)),
      expiresAt: 2_000_000 + index,
      version: `${text}-${index}`,
      indexes: { group: String(index % 3) },
    }));
    await store.set(writes, { now: 1_000_000 });
  }
  await store.close();
});

async function damagedCopy(damage: (file: Buffer) => Buffer): Promise<string> {
  const path = await newFolder();
  await cp(sound, path, { recursive: true });
  const file = join(path, 'data.mdb');
  await writeFile(file, damage(await readFile(file)));
  return path;
}

async function outcomesOf(paths: readonly string[]): Promise<{ outcome: string; message?: string; name?: string }[]> {
  const { code, signal, reports, errors } = await runChild('open-damaged.mjs', paths);
  expect({ code, signal }, `${errors} after ${JSON.stringify(reports.at(-1))}`).toEqual({ code: 0, signal: null });
  expect(reports.filter((report) => Object.hasOwn(report as object, 'unhandled'))).toEqual([]);
  return (reports as { outcome: string }[]).filter((report) => Object.hasOwn(report, 'outcome'));
}

describe('a file that is no sound store', () => {
  const damages: Record<string, (file: Buffer) => Buffer> = {
    'is text': () => Buffer.from('This is not a database.'),
    'is a long text': () => Buffer.from('This is not a database. '.repeat(2000)),
    'is noise': (file) => noise(file.length, 1),
    'begins with zeros': (file) => withPage(file, 0, Buffer.alloc(pageSize)),
    'has its second meta page zeroed': (file) => withPage(file, 1, Buffer.alloc(pageSize)),
    'has noise for its first meta page': (file) => withPage(file, 0, noise(pageSize, 2)),
    'has noise for its second meta page': (file) => withPage(file, 1, noise(pageSize, 3)),
    'is all zeros': (file) => Buffer.alloc(file.length),
    'was cut inside its first page': (file) => file.subarray(0, 100),
    'was cut after its first page': (file) => file.subarray(0, pageSize),
    'was cut after its meta pages': (file) => file.subarray(0, 2 * pageSize),
    'was cut in half': (file) => file.subarray(0, file.length / 2),
    'was cut in the middle of a page': (file) => file.subarray(0, file.length / 2 + 100),
    'claims another version of LMDB': (file) => withVersion(file, 7),
  };

  it.each(Object.entries(damages))('is refused where it %s', async (_title, damage) => {
    const path = await damagedCopy(damage);
    const [outcome] = await outcomesOf([path]);
    expect(outcome).toMatchObject({ outcome: 'LARDER_STORE_CORRUPT', name: 'StoreError' });
    expect(outcome?.message).toContain(join(path, 'data.mdb'));
    expect(outcome?.message).toContain('Move it away');
  });

  it('is told from a store where another program made it', async () => {
    const path = await newFolder();
    const foreign = open<string, string>(path, { noSubdir: false });
    await foreign.put('key', 'value');
    await foreign.close();
    const [outcome] = await outcomesOf([path]);
    expect(outcome).toMatchObject({ outcome: 'LARDER_STORE_CORRUPT' });
    expect(outcome?.message).toContain('another program');
  });

  it('never ends the process, whichever page is zeroed, noise, or a copy of another', {
    timeout: 120_000,
  }, async () => {
    const pages = (await readFile(join(sound, 'data.mdb'))).length / pageSize;
    const paths: string[] = [];
    for (let page = 2; page < pages; page += 1) {
      paths.push(await damagedCopy((file) => withPage(file, page, Buffer.alloc(pageSize))));
      paths.push(await damagedCopy((file) => withPage(file, page, noise(pageSize, page))));
      const other = 2 + ((page * 7) % (pages - 2));
      paths.push(await damagedCopy((file) => withPage(file, page, pageOf(file, other))));
    }
    const outcomes = await outcomesOf(paths);
    expect(outcomes.length).toBe(paths.length);
    const counts = new Map<string, number>();
    for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    console.log(`${paths.length} damaged pages: ${JSON.stringify(Object.fromEntries(counts))}`);
    expect(
      [...counts.keys()].filter((outcome) => !['LARDER_STORE_CORRUPT', 'whole', 'not whole'].includes(outcome)),
    ).toEqual([]);
  });

  it('is a new store where it is empty', async () => {
    const empty = await newFolder();
    await mkdir(empty);
    await writeFile(join(empty, 'data.mdb'), '');
    const [outcome] = await outcomesOf([empty]);
    expect(outcome?.outcome).toBe('not whole');
  });
});

describe('a path that cannot be used', () => {
  it('is a clear error where it is a file', async () => {
    const path = await newFolder();
    await writeFile(path, 'a file');
    const [outcome, beneath] = await outcomesOf([path, join(path, 'beneath')]);
    expect(outcome).toMatchObject({
      outcome: 'LARDER_STORE_FAILED',
      message: `${path} must be a folder, or a path where one can be made.`,
    });
    expect(beneath?.outcome).toBe('LARDER_STORE_FAILED');
  });

  it.skipIf(process.platform !== 'linux')('is a clear error where nobody may write', async () => {
    const [outcome] = await outcomesOf(['/sys/larder']);
    expect(outcome?.outcome).toBe('LARDER_STORE_FAILED');
    expect(outcome?.message).toContain('/sys/larder');
  });
});

function withPage(file: Buffer, page: number, content: Buffer): Buffer {
  content.copy(file, page * pageSize);
  return file;
}

function pageOf(file: Buffer, page: number): Buffer {
  return Buffer.from(file.subarray(page * pageSize, (page + 1) * pageSize));
}

function withVersion(file: Buffer, version: number): Buffer {
  for (const page of [0, 1]) file.writeUInt32LE(version, page * pageSize + 28);
  return file;
}

function noise(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
