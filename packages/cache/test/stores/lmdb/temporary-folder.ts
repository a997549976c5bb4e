import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Gives each call a folder that does not exist yet, all of them removed after the file's tests. */
export function temporaryFolders(): () => Promise<string> {
  const made: string[] = [];
  afterAll(async () => {
    for (const folder of made) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const parent = await mkdtemp(join(tmpdir(), 'larder-lmdb-'));
    made.push(parent);
    return join(parent, 'store');
  };
}
