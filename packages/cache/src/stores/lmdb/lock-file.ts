import { link, stat, unlink, writeFile } from 'node:fs/promises';

/** LMDB's table of readers, with room for some 250: more than LMDB would ask for by itself. */
const lockFileBytes = 16 * 1024;

/**
 * Makes LMDB's lock file with all its blocks. LMDB would make it with holes and write into it through memory, so that
 * on a full disk the missing block ends the process; written here, the missing block is an error.
 *
 * The file appears complete or not at all, and an existing one is never opened: another process may be locking it, and
 * closing any handle on it would drop the locks of this process.
 */
export async function makeLockFile(path: string): Promise<void> {
  if (await exists(path)) return;
  const draft = `${path}.${process.pid}.draft`;
  try {
    await writeFile(draft, Buffer.alloc(lockFileBytes));
    await link(draft, path).catch(failedLinkIsFine);
  } finally {
    await unlink(draft).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Another process was first, or the file system has no links: LMDB makes the file then. */
function failedLinkIsFine(error: NodeJS.ErrnoException): void {
  if (error.code === 'ENOSPC') throw error;
}
