import { type FileHandle, open } from 'node:fs/promises';
import {
  isReadableHere,
  isRunStart,
  linksOf,
  longestMeta,
  metaProblem,
  type PageLinks,
  pageSizeOf,
  type Snapshot,
  smallestPage,
  snapshotOf,
} from './data-file.js';
import { corruptError } from './lmdb-errors.js';

/** Up to this size every page that holds keys is looked at when the store opens: some tens of milliseconds. */
const smallFileBytes = 64 * 1024 * 1024;
const attempts = 5;

/**
 * Rejects with LARDER_STORE_CORRUPT if LMDB would read beyond the end of the file or follow damaged page numbers, which
 * ends the process. A file that does not exist yet, or is empty, is sound.
 */
export async function checkDataFile(path: string): Promise<void> {
  if (!isReadableHere) return;
  const file = await open(path, 'r').catch(absentIsFine);
  if (file === undefined) return;
  try {
    const problem = await findProblem(file);
    if (problem !== undefined) throw corruptError(path, problem);
  } finally {
    await file.close();
  }
}

async function findProblem(file: FileHandle): Promise<string | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { size } = await file.stat();
    if (size === 0) return undefined;
    const metas = await readMetas(file);
    if (typeof metas === 'string') return metas;
    const problem = await pageProblem(file, newestSnapshot(metas));
    // Pages may be reused while another process writes: only what is wrong in a file that stood still is damage.
    if (problem === undefined || (await standsStill(file, metas))) return problem;
  }
  return undefined;
}

/** Both meta pages, or what is wrong with one of them. */
async function readMetas(file: FileHandle): Promise<readonly Buffer[] | string> {
  const first = await readAt(file, 0, longestMeta);
  const firstProblem = metaProblem(first, 0);
  if (firstProblem !== undefined) return firstProblem;
  const second = await readAt(file, pageSizeOf(first), longestMeta);
  return metaProblem(second, 1) ?? [first, second];
}

async function standsStill(file: FileHandle, metas: readonly Buffer[]): Promise<boolean> {
  const now = await readMetas(file);
  return typeof now !== 'string' && now.every((meta, index) => metas[index]?.equals(meta));
}

/** The state that LMDB begins with: the one of the later transaction, of which there is none in a new file. */
function newestSnapshot(metas: readonly Buffer[]): Snapshot | undefined {
  const [first, second] = metas.map(snapshotOf).filter(({ transaction }) => transaction > 0n);
  if (first === undefined || second === undefined) return first;
  return first.transaction > second.transaction ? first : second;
}

async function pageProblem(file: FileHandle, snapshot: Snapshot | undefined): Promise<string | undefined> {
  if (snapshot === undefined) return undefined;
  const { size } = await file.stat();
  const pagesInFile = BigInt(Math.floor(size / snapshot.pageSize));
  // A sound file may be shorter than its page count says, where the last pages were freed before they were written.
  const mustLook = pagesInFile < snapshot.pageCount || size <= smallFileBytes;
  return mustLook ? walkTrees(file, snapshot, pagesInFile) : undefined;
}

async function walkTrees(file: FileHandle, snapshot: Snapshot, pagesInFile: bigint): Promise<string | undefined> {
  const pending = [...snapshot.roots];
  const seen = new Set<bigint>();
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    if (number >= pagesInFile) return 'it is shorter than its content';
    if (seen.has(number)) return `its page ${number} is used twice`;
    seen.add(number);
    const page = await readAt(file, Number(number) * snapshot.pageSize, snapshot.pageSize);
    const links = page.length === snapshot.pageSize ? linksOf(page, number) : undefined;
    if (links === undefined) return `its page ${number} is damaged`;
    for (const run of links.runs) {
      const problem = await runProblem(file, run, snapshot.pageSize, pagesInFile);
      if (problem !== undefined) return problem;
    }
    pending.push(...links.pages);
  }
  return undefined;
}

async function runProblem(
  file: FileHandle,
  { first, bytes }: PageLinks['runs'][number],
  pageSize: number,
  pagesInFile: bigint,
): Promise<string | undefined> {
  const pageCount = Math.ceil(bytes / pageSize);
  if (first + BigInt(pageCount) > pagesInFile) return 'it is shorter than its content';
  const page = await readAt(file, Number(first) * pageSize, smallestPage);
  return isRunStart(page, first, pageCount) ? undefined : `its page ${first} is damaged`;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function absentIsFine(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
