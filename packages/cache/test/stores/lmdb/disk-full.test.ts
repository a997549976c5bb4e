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

function expectClearErrorsOnly({ code, signal, reports, errors }: ChildEnd): void {
  expect({ code, signal }, errors).toEqual({ code: 0, signal: null });
  const steps = reports as { step: string; outcome?: string; outcomes?: string[]; missing?: number; count?: number }[];
  expect(steps.filter((report) => 'unhandled' in report)).toEqual([]);
  const [filled, together, read, deleted, written, pruned, closed] = steps;
  expect(filled).toMatchObject({ step: 'filled', outcome: 'LARDER_STORE_FULL' });
  expect(together?.outcomes?.slice(0, -1)).toEqual(Array.from({ length: 20 }, () => 'LARDER_STORE_FULL'));
  expect(together?.outcomes?.at(-1)).toBe('done');
  expect(read?.missing).toBe(0);
  expect(deleted?.outcomes).toEqual(Array.from({ length: 10 }, () => 'done'));
  expect(written?.outcomes).toEqual(Array.from({ length: 5 }, () => 'done'));
  expect(pruned?.count).toBe(5);
  expect(closed?.step).toBe('closed');
}

describe('a full disk', () => {
  it('refuses writes with LARDER_STORE_FULL, and goes on reading and deleting (a small tmpfs)', async (context) => {
    requireBuild();
    const disk = await smallDisk();
    if (disk === undefined)
      return context.skip('only root can mount a small disk; the file size limit below stands in');
    const path = join(disk, 'store');
    expectClearErrorsOnly(await runChild('fill-disk.mjs', [path]));
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
    'refuses writes with LARDER_STORE_FULL, and goes on reading and deleting (a limit on the size of files)',
    async () => {
      requireBuild();
      const path = await newFolder();
      // 4 MiB in units of 512 bytes. Node ignores the signal that comes with it, so that the write fails instead.
      const limited = ['sh', '-c', 'ulimit -f 8192; exec "$0" "$@"'];
      expectClearErrorsOnly(await runChild('fill-disk.mjs', [path], limited));
      expect((await deepCheck(path)).problems).toEqual([]);
    },
  );
});
