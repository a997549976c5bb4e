import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/contracts/store.js';
import { announce, announcementName, standingAnnouncements, withdraw } from '../../../src/stores/lmdb/announcements.js';
import { claimFolder } from '../../../src/stores/lmdb/claim-folder.js';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { isRunning, ownIdentity } from '../../../src/stores/lmdb/process-identity.js';
import { seededRandom } from '../../../src/testing/index.js';
import { endOf, requireBuild, runChild, startChild } from './child-process.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const call = { now: 1_000_000 };
const inUse = { name: 'StoreError', code: 'LARDER_STORE_IN_USE' };
const hasStartTimes = process.platform === 'linux';

async function opened(path: string, exclusive: boolean): Promise<Store> {
  const store = lmdbStore({ path, exclusive });
  await store.get(['who'], call);
  return store;
}

const announcementsIn = async (path: string) => (await readdir(path)).filter((name) => name.startsWith('open-'));

/** A child that has the file open, until it is told to go or killed. */
async function holder(path: string, mode: 'exclusive' | 'shared') {
  requireBuild();
  const child = startChild('open-and-hold.mjs', [path, mode, 'holder']);
  const end = endOf(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return {
    pid: child.pid as number,
    async leave() {
      child.stdin?.write('go\n');
      return end;
    },
    async kill() {
      child.kill('SIGKILL');
      return end;
    },
  };
}

describe('an exclusive store', () => {
  it('says that nobody shares its entries, and a plain one that others may', () => {
    expect(lmdbStore({ path: 'unused', exclusive: true }).capabilities.shared).toBe(false);
    expect(lmdbStore({ path: 'unused' }).capabilities.shared).toBe(true);
  });

  it('is not made of anything but true or false', () => {
    expect(() => lmdbStore({ path: 'unused', exclusive: 'yes' as never })).toThrow(/exclusive must be true or false/);
  });

  it('leaves nothing in the folder once it is closed, so that the next may open it', async () => {
    const path = await newFolder();
    for (const exclusive of [true, false, true]) {
      const store = await opened(path, exclusive);
      expect(await announcementsIn(path)).toHaveLength(1);
      await store.close();
      expect(await announcementsIn(path)).toEqual([]);
    }
  });

  it('leaves nothing in the folder when the file cannot be opened', async () => {
    const path = await newFolder();
    await mkdir(path);
    await writeFile(join(path, 'data.mdb'), 'no file of LMDB');
    const store = lmdbStore({ path, exclusive: true });
    await expect(store.get(['who'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_CORRUPT' });
    expect(await announcementsIn(path)).toEqual([]);
    await store.close();
  });

  it.each([
    ['an exclusive one', true, true],
    ['a plain one', false, true],
    ['an exclusive one', true, false],
  ])('two in one process: %s (exclusive: %s) keeps out one with exclusive: %s', async (_name, first, second) => {
    const path = await newFolder();
    const holding = await opened(path, first);
    const refused = lmdbStore({ path, exclusive: second });
    const problem = { ...inUse, message: expect.stringContaining(`this process (${process.pid})`) };
    await expect(refused.get(['who'], call)).rejects.toMatchObject(problem);
    await holding.close();
    // The same store opens once nobody is in its way.
    expect(await refused.get(['who'], call)).toEqual([undefined]);
    await refused.close();
  });

  it('two plain ones in one process: the second is refused, because both could stand still', async () => {
    const path = await newFolder();
    const holding = await opened(path, false);
    const refused = lmdbStore({ path });
    const problem = { ...inUse, message: expect.stringContaining('give it to every cache') };
    await expect(refused.get(['who'], call)).rejects.toMatchObject(problem);
    await holding.close();
    expect(await refused.get(['who'], call)).toEqual([undefined]);
    await refused.close();
    expect(await announcementsIn(path)).toEqual([]);
  });

  it.each([
    ['exclusive', 'exclusive'],
    ['exclusive', 'shared'],
    ['shared', 'exclusive'],
  ] as const)(
    'a process that has it open (%s) keeps out another (%s), which is told its number',
    async (first, second) => {
      const path = await newFolder();
      const process = await holder(path, first);
      const { reports } = await runChild('open-and-hold.mjs', [path, second, 'other']);
      const message = expect.stringContaining(`process ${process.pid} `);
      expect(reports).toEqual([{ opened: false, code: 'LARDER_STORE_IN_USE', message }]);
      await process.leave();
      const next = await holder(path, second);
      expect((await next.leave()).reports).toEqual([{ opened: true, before: 'holder' }]);
    },
  );

  it('is opened again after its process was killed', async () => {
    const path = await newFolder();
    for (let round = 0; round < 3; round++) {
      const process = await holder(path, 'exclusive');
      await process.kill();
      expect(await announcementsIn(path)).toHaveLength(1);
    }
    const store = await opened(path, true);
    expect(await announcementsIn(path)).toHaveLength(1);
    await store.close();
  });

  it('is never open twice, however many processes try at once', { timeout: 60_000 }, async () => {
    requireBuild();
    const path = await newFolder();
    const children = Array.from({ length: 6 }, (_, at) =>
      startChild('open-and-hold.mjs', [path, 'exclusive', `${at}`]),
    );
    const ends = children.map(endOf);
    await Promise.all(children.map((child) => new Promise((resolve) => child.stdout?.once('data', resolve))));
    for (const child of children) {
      // Those that were refused have gone, and take no line any more.
      child.stdin?.on('error', () => {});
      child.stdin?.write('go\n');
    }
    const reports = (await Promise.all(ends)).map((end) => end.reports[0] as { opened: boolean; code?: string });
    expect(reports.filter((report) => report.opened).length).toBeLessThanOrEqual(1);
    expect(reports.filter((report) => !report.opened && report.code !== inUse.code)).toEqual([]);
  });
});

describe('an announcement', () => {
  it('of a process that ended is removed by the next who looks', async () => {
    const path = await newFolder();
    await mkdir(path);
    const { pid } = await ownIdentity();
    if (hasStartTimes) {
      // The number is that of a living process, which is another run: ours.
      await writeFile(join(path, announcementName('exclusive', { pid, started: '1.0' })), '');
    }
    await writeFile(join(path, announcementName('exclusive', { pid: 2 ** 30, started: undefined })), '');
    const store = await opened(path, true);
    expect(await announcementsIn(path)).toHaveLength(1);
    await store.close();
  });

  it('without a start, as systems make it that do not tell it, stands as long as the number lives', async () => {
    const path = await newFolder();
    await mkdir(path);
    await writeFile(join(path, announcementName('shared', { pid: process.pid, started: undefined })), '');
    expect(await standingAnnouncements(path)).toMatchObject([{ mode: 'shared', pid: process.pid }]);
  });

  it('is not taken for anything else in the folder', async () => {
    const path = await newFolder();
    await mkdir(path);
    const others = ['data.mdb', 'open-exclusive', 'open-exclusive-x-1.0-a', 'open-never-1-1.0-a'];
    for (const name of others) await writeFile(join(path, name), '');
    expect(await standingAnnouncements(path)).toEqual([]);
    expect((await readdir(path)).sort()).toEqual(others.sort());
  });
});

describe('who is alive', () => {
  it.skipIf(!hasStartTimes)('is told by number and start together', async () => {
    const own = await ownIdentity();
    expect(own.started).toMatch(/^\d+\.[\da-f]*$/);
    expect(await isRunning(own)).toBe(true);
    expect(await isRunning({ ...own, started: '1.0' })).toBe(false);
    expect(await isRunning({ pid: 2 ** 30, started: own.started })).toBe(false);
    // Kernel and user may hide it, but it is there.
    expect(await isRunning({ pid: 1, started: undefined })).toBe(true);
  });

  it.skipIf(!hasStartTimes)('is nobody who has ended and was not asked after by its parent', async () => {
    // The shell becomes a sleeper, which never asks after the child that ended, and whose number was printed.
    const child = startChild('report.mjs', [], ['sh', '-c', 'sleep 0.1 & echo $!; exec sleep 30']);
    try {
      const pid = Number(await new Promise((resolve) => child.stdout?.once('data', resolve)));
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'latin1')).toContain(') Z ');
      expect(await isRunning({ pid, started: undefined })).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('a claim', () => {
  const random = seededRandom(1);

  it('tries again, each time after a longer distance, and then gives up', async () => {
    const path = await newFolder();
    await mkdir(path);
    const standing = await announce(path, 'exclusive');
    const waits: number[] = [];
    const wait = async (milliseconds: number) => void waits.push(milliseconds);
    await expect(claimFolder(path, 'shared', { random: () => 0.5, wait })).rejects.toMatchObject(inUse);
    expect(waits).toEqual([20, 40, 80, 160]);
    expect(await announcementsIn(path)).toEqual([standing.name]);
  });

  it('succeeds when who stood in the way leaves meanwhile', async () => {
    const path = await newFolder();
    await mkdir(path);
    const standing = await announce(path, 'shared');
    const claim = await claimFolder(path, 'exclusive', { random, wait: () => withdraw(path, standing) });
    expect(await standingAnnouncements(path)).toMatchObject([{ mode: 'exclusive' }]);
    await claim.release();
    expect(await announcementsIn(path)).toEqual([]);
  });

  it('is held by one of many at the most, whatever the order of their steps', async () => {
    const path = await newFolder();
    await mkdir(path);
    for (let round = 0; round < 20; round++) {
      const settled = await Promise.allSettled(
        Array.from({ length: 4 }, () =>
          claimFolder(path, 'exclusive', { random, wait: (milliseconds) => yieldFor(milliseconds) }),
        ),
      );
      const held = settled.filter((outcome) => outcome.status === 'fulfilled');
      expect(held.length).toBeLessThanOrEqual(1);
      for (const { value } of held) await value.release();
      expect(await announcementsIn(path)).toEqual([]);
    }
  });

  it('is held by as many as come, if all of them share', async () => {
    const path = await newFolder();
    await mkdir(path);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimFolder(path, 'shared')));
    expect(await announcementsIn(path)).toHaveLength(8);
    await Promise.all(claims.map((claim) => claim.release()));
  });
});

/** Turns of the event loop instead of milliseconds. */
async function yieldFor(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a folder that may not be written to', () => {
  const problem = { code: 'LARDER_STORE_FAILED', message: expect.stringContaining('may not write') };
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)(`is refused with its reason${isRoot ? ' (skipped: root may write to it)' : ''}`, async () => {
    const path = await newFolder();
    await (await opened(path, true)).close();
    await chmod(path, 0o500);
    const store = lmdbStore({ path, exclusive: true });
    await expect(store.get(['who'], call)).rejects.toMatchObject(problem);
    await chmod(path, 0o700);
    await store.close();
  });

  const nobodyWrites = '/sys/kernel';
  const isThere = existsSync(nobodyWrites);
  it.skipIf(!isThere)(`is refused to root too${isThere ? '' : ` (skipped: no ${nobodyWrites} here)`}`, async () => {
    const store = lmdbStore({ path: nobodyWrites, exclusive: true });
    await expect(store.get(['who'], call)).rejects.toMatchObject(problem);
    await store.close();
  });
});
