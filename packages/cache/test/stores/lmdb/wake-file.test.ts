import { watch } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type WakeFile, type WatchFile, wakeFile } from '../../../src/stores/lmdb/wake-file.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const opened: WakeFile[] = [];

afterEach(() => {
  for (const file of opened.splice(0)) file.close();
});

async function folder(): Promise<string> {
  const path = await newFolder();
  await mkdir(path);
  return path;
}

function attended(path: string, watchFile?: WatchFile) {
  const state = { woken: 0 };
  const file = wakeFile(path, () => (state.woken += 1), watchFile);
  opened.push(file);
  file.attend();
  return { file, state };
}

const wokenBy = async (state: { woken: number }, act: () => void) => {
  const before = state.woken;
  act();
  await expect.poll(() => state.woken, { interval: 2 }).toBeGreaterThan(before);
};

describe('a touch', () => {
  it('wakes all who watch, and who touched', async () => {
    const path = await folder();
    const [one, two] = [attended(path), attended(path)];
    await Promise.all([wokenBy(one.state, () => {}), wokenBy(two.state, () => one.file.touch())]);
    await wokenBy(one.state, () => two.file.touch());
  });

  it('wakes nobody in another folder', async () => {
    const [here, there] = [attended(await folder()), attended(await folder())];
    await wokenBy(here.state, () => here.file.touch());
    expect(there.state.woken).toBe(0);
  });

  it('does nothing before the file is there and after it was closed', async () => {
    const file = wakeFile(await folder(), () => {});
    file.touch();
    file.attend();
    file.close();
    file.touch();
    file.close();
  });

  it('works in a folder whose path is longer than that of a socket may be', async () => {
    const path = join(await folder(), ...Array.from({ length: 8 }, () => 'a-name-of-some-length'.repeat(4)));
    await mkdir(path, { recursive: true });
    const { file, state } = attended(path);
    await wokenBy(state, () => file.touch());
  });
});

describe('a wake file that was removed', () => {
  it('is made anew by the next to attend, and found by the others', async () => {
    const path = await folder();
    const [one, two] = [attended(path), attended(path)];
    await rm(join(path, 'wake'));
    one.file.attend();
    two.file.attend();
    await wokenBy(two.state, () => one.file.touch());
  });

  it('leaves those awake whose folder is gone, and is found once the folder is there again', async () => {
    const path = await folder();
    const { file, state } = attended(path);
    await rm(path, { recursive: true });
    await wokenBy(state, () => file.attend());
    await mkdir(path);
    file.attend();
    const other = attended(path);
    await wokenBy(state, () => other.file.touch());
  });
});

describe('where the system watches no more files', () => {
  it('wakes by a timer instead, until it watches', async () => {
    let isExhausted = true;
    const scarce: WatchFile = (...given) => {
      if (isExhausted) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
      return watch(...given);
    };
    const { file, state } = attended(await folder(), scarce);
    await wokenBy(state, () => {});
    isExhausted = false;
    file.attend();
    await wokenBy(state, () => file.touch());
  });

  it('goes on after the watcher failed', async () => {
    const watchers: ReturnType<WatchFile>[] = [];
    const kept: WatchFile = (...given) => {
      const watcher = watch(...given);
      watchers.push(watcher);
      return watcher;
    };
    const { file, state } = attended(await folder(), kept);
    watchers[0]?.emit('error', new Error('lost'));
    file.attend();
    expect(watchers).toHaveLength(2);
    await wokenBy(state, () => file.touch());
  });
});
