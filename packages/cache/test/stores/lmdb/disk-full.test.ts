import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ChildEnd, requireBuild, runChild } from './child-process.js';
import { deepCheck } from './deep-check.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const mounted: string[] = [];

afterAll(() => {
  for (const folder of mounted) execFileSync('umount', [folder]);
});

/** A disk of its own with 4 MiB; `undefined` where this user may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await newFolder();
  await mkdir(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    mounted.push(folder);
    return folder;
  } catch {
    return undefined;
  }
}

interface Report {
  readonly step: string;
  readonly outcome?: string;
  readonly outcomes?: readonly string[];
  readonly missing?: number;
  readonly count?: number;
}

/** What must hold whatever the error was; answers how the write failed, and how the writes and the delete beside it. */
function expectToGoOn({ code, signal, reports, errors }: ChildEnd): { refusal: unknown; together: readonly string[] } {
  expect({ code, signal }, errors).toEqual({ code: 0, signal: null });
  expect(reports.filter((report) => Object.hasOwn(report as object, 'unhandled'))).toEqual([]);
  const [filled, together, read, deleted, written, pruned, closed] = reports as Report[];
  expect(read?.missing).toBe(0);
  expect(deleted?.outcomes).toEqual(Array.from({ length: 10 }, () => 'done'));
  expect(written?.outcomes).toEqual(Array.from({ length: 5 }, () => 'done'));
  expect(pruned?.count).toBe(5);
  expect(closed?.step).toBe('closed');
  return { refusal: filled?.outcome, together: together?.outcomes ?? [] };
}

describe('a full disk', () => {
  it('refuses writes with LARDER_STORE_FULL, and goes on reading and deleting (a small tmpfs)', async (context) => {
    requireBuild();
    const disk = await smallDisk();
    if (disk === undefined)
      return context.skip('only root can mount a small disk; the limit on file sizes below stands in');
    const path = join(disk, 'store');
    const { refusal, together } = expectToGoOn(await runChild('fill-disk.mjs', [path]));
    expect(refusal).toBe('LARDER_STORE_FULL');
    expect(together).toEqual([...Array.from({ length: 20 }, () => 'LARDER_STORE_FULL'), 'done']);
    expect((await deepCheck(path)).problems).toEqual([]);
  });

  it('refuses a new store with LARDER_STORE_FULL (a small tmpfs)', async (context) => {
    requireBuild();
    const disk = await smallDisk();
    if (disk === undefined) return context.skip('only root can mount a small disk');
    await writeFile(join(disk, 'ballast'), Buffer.alloc(5 * 1024 * 1024)).catch(() => {});
    const { code, signal, reports, errors } = await runChild('open-damaged.mjs', [join(disk, 'store')]);
    expect({ code, signal }, errors).toEqual({ code: 0, signal: null });
    expect(reports[1]).toMatchObject({ outcome: 'LARDER_STORE_FULL' });
  });

  it.skipIf(process.platform === 'win32')(
    'refuses writes with a clear error, and goes on reading and deleting, where it cannot see why (a limit on file sizes)',
    async () => {
      requireBuild();
      const path = await newFolder();
      // 4 MiB in units of 512 bytes. Node ignores the signal that comes with it, so that the write fails instead.
      const limited = ['sh', '-c', 'ulimit -f 8192; exec "$0" "$@"'];
      const { refusal } = expectToGoOn(await runChild('fill-disk.mjs', [path], limited));
      // LMDB calls a page that fitted in part a failed disk, and by the free space there is it may be one.
      expect(['LARDER_STORE_FULL', 'LARDER_STORE_FAILED']).toContain(refusal);
      expect((await deepCheck(path)).problems).toEqual([]);
    },
  );
});
