import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { ClientMissingError } from '../../errors.js';
import { type BusLog, busLog } from './bus-log.js';
import { checkDataFile } from './check-file.js';
import { corruptError, storeName, toStoreError } from './lmdb-errors.js';
import { makeLockFile } from './lock-file.js';
import { makeFolder } from './make-folder.js';

export type Table = Database<Buffer, Buffer>;

export interface Tables {
  readonly values: Table;
  readonly expiry: Table;
  readonly endings: Table;
  readonly index: Table;
  readonly busLog: BusLog;
}

/** One open LMDB file. */
export interface Environment extends Tables {
  readonly root: RootDatabase<Buffer, Buffer>;
}

export interface EnvironmentOptions {
  readonly path: string;
  readonly mapSize?: number;
}

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** Stands in the file's root, beside the names of the tables: tells a store's file from others, and its layout. */
const marker = Buffer.from('\u0000larder');
const currentLayout = Buffer.from('1');

export async function openEnvironment({ path, mapSize }: EnvironmentOptions): Promise<Environment> {
  const { open } = await loadClient();
  const dataFile = join(path, 'data.mdb');
  try {
    await makeFolder(path);
    await checkDataFile(dataFile);
    await makeLockFile(join(path, 'lock.mdb'));
    const root = open<Buffer, Buffer>(path, {
      ...binary,
      ...(mapSize === undefined ? {} : { mapSize }),
      noSubdir: false,
      maxDbs: 8,
      // With it, lmdb makes one more promise for each transaction that nobody holds: its rejection would go unhandled.
      eventTurnBatching: false,
      // With it, lmdb waits in close() for a flush that a failed commit never did.
      overlappingSync: false,
    });
    return await openTables(root, dataFile);
  } catch (error) {
    throw toStoreError(error, path);
  }
}

async function openTables(root: RootDatabase<Buffer, Buffer>, dataFile: string): Promise<Environment> {
  try {
    // Frees what readers of killed processes still hold: the file could not reuse any page they might have read.
    root.readerCheck();
    claimFile(root, dataFile);
    return {
      root,
      values: root.openDB('values', binary),
      expiry: root.openDB('expiry', binary),
      endings: root.openDB('endings', binary),
      index: root.openDB('index', binary),
      busLog: busLog(root.openDB('bus', binary)),
    };
  } catch (error) {
    await root.close();
    throw error;
  }
}

/** Marks a new file as this store's, and refuses one that is somebody else's. */
function claimFile(root: RootDatabase<Buffer, Buffer>, dataFile: string): void {
  if (root.getBinary(marker)?.equals(currentLayout)) return;
  root.transactionSync(() => {
    // Looked up again inside the transaction: two processes may be making the file at the same time.
    const layout = root.getBinary(marker);
    if (layout?.equals(currentLayout)) return;
    if (layout !== undefined) throw corruptError(dataFile, 'another version of Larder wrote it');
    if (root.getKeysCount({ limit: 1 }) > 0) throw corruptError(dataFile, 'it belongs to another program');
    root.putSync(marker, currentLayout);
  });
}

async function loadClient(): Promise<typeof import('lmdb')> {
  try {
    return await import('lmdb');
  } catch (error) {
    if (isMissingPackage(error)) throw new ClientMissingError(storeName, 'lmdb', error);
    throw toStoreError(error, 'this machine');
  }
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
