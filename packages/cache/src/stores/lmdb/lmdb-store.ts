import type { Store, StoreCall, StoreCapabilities, StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { InvalidOptionError } from '../../errors.js';
import { lmdbBus } from './bus.js';
import { applyChange, applyDelete, applyWrite, isChangeFailure, prepareWrite } from './changes.js';
import { endingsPage } from './expiry-table.js';
import { keyToBytes, limits, prefixToBytes } from './keys.js';
import { type LifecycleOptions, lifecycle } from './lifecycle.js';
import { indexPage, scanPage } from './listing.js';
import { storeName, toStoreError } from './lmdb-errors.js';
import type { Tables } from './open-environment.js';
import { deadlineOf, entryOf, envelopeOf } from './records.js';
import { readRecord, readSingleRecord, removeEndings, removeExpired, removeFirstExpired } from './tables.js';
import type { TimeIsUp } from './write-queue.js';

export interface LmdbStoreOptions {
  /** The folder that holds the file; made if it is missing. */
  readonly path: string;
  /** Bytes of address space to reserve at the start. The file grows beyond it by itself, so this is no limit. */
  readonly mapSize?: number;
  /**
   * This store alone has the file open: whoever else opens it, with or without this option, is refused, in other
   * processes and in this one, and so is this store while somebody has it open. Copies in memory can then never be
   * older than the file. Default `false`.
   */
  readonly exclusive?: boolean;
}

/** Few enough that the event loop is not held up by one task. */
const writesPerTask = 256;

/** More than a transaction has time for: pruning stops between two rows when its time is up. */
const prunedRowsPerTask = 4096;

const capabilities: StoreCapabilities = Object.freeze({
  persistent: true,
  shared: true,
  synchronousReads: true,
  atomicWrites: true,
  scan: 'once',
  index: true,
  tellsExpiry: true,
  expiry: 'exact',
  limits: Object.freeze(limits),
});

/**
 * Keeps entries in one LMDB file, which several processes of the machine may share. Opens it at the first call, or when its bus is opened.
 *
 * @throws InvalidOptionError if an option has a value that cannot be used
 * @example
 * ```ts
 * const cache = createCache({ store: lmdbStore({ path: './.larder', exclusive: true }) });
 * ```
 */
export function lmdbStore(options: LmdbStoreOptions): Store {
  const resolved = resolveOptions(options);
  const life = lifecycle(resolved);

  function readNow(key: string, call: StoreCall): Uint8Array | undefined | 'later' {
    life.refuseIfClosed();
    const environment = life.environment();
    if (environment instanceof Promise) return later(environment);
    try {
      return readEnvelope(environment.values, key, call.now);
    } catch (error) {
      throw toStoreError(error, resolved.path);
    }
  }

  async function read<Result>(call: StoreCall, work: (tables: Tables) => Result): Promise<Result> {
    life.refuseIfClosed();
    call.signal?.throwIfAborted();
    const environment = life.environment();
    try {
      return work(environment instanceof Promise ? await environment : environment);
    } catch (error) {
      throw toStoreError(error, resolved.path);
    }
  }

  async function write<Item, Result>(
    call: StoreCall,
    items: readonly Item[],
    apply: (tables: Tables, item: Item) => Result,
    freesSpace = false,
  ): Promise<Result[]> {
    life.refuseIfClosed();
    call.signal?.throwIfAborted();
    const tasks = inPortions(items).map((portion) => {
      const run = (tables: Tables) => portion.map((item) => apply(tables, item));
      return life.writes.enqueue({ run, freesSpace, signal: call.signal });
    });
    return (await Promise.all(tasks)).flat();
  }

  async function pruneSome(limit: number, call: StoreCall): Promise<number> {
    const run = (tables: Tables, timeIsUp: TimeIsUp) => removeFirstExpired(tables, limit, call.now, timeIsUp);
    return life.writes.enqueue({ run, freesSpace: true, signal: call.signal });
  }

  /** The reader has its answer and does not wait; what stays behind when it fails is removed by the next to find it. */
  function removeFound(expired: readonly Buffer[], now: Millis): void {
    const run = (tables: Tables, timeIsUp: TimeIsUp) => removeExpired(tables, expired, now, timeIsUp);
    life.writes.enqueue({ run, freesSpace: true }).catch(() => {});
  }

  return {
    name: storeName,
    // Beside an exclusive store there is nobody to tell.
    ...(resolved.exclusive ? {} : { bus: lmdbBus(life, resolved.path) }),
    capabilities: resolved.exclusive ? { ...capabilities, shared: false } : capabilities,

    get: (keys, call) => read(call, ({ values }) => keys.map((key) => readEntry(values, key, call.now))),

    getNow: readNow,

    set: async (entries, call) =>
      write(call, entries.map(prepareWrite), (tables, prepared) => applyWrite(tables, prepared, call.now)),

    delete: async (keys, call) =>
      write(call, keys.map(keyToBytes), (tables, key) => applyDelete(tables, key, call.now), true),

    async modify(key, change, call) {
      const apply = (tables: Tables, bytes: Buffer) => applyChange(tables, bytes, change, call.now);
      const [answer] = await write(call, [keyToBytes(key)], apply);
      if (isChangeFailure(answer)) throw answer.thrown;
      return answer;
    },

    scan: (prefix, page, call) => read(call, (tables) => scanPage(tables, prefix, page, call.now)),

    byIndex: async (term, request, call) => {
      const { page, expired } = await read(call, (tables) => indexPage(tables, term, request, call.now));
      if (expired.length > 0) removeFound(expired, call.now);
      return page;
    },

    async prune(limit, call) {
      life.refuseIfClosed();
      call.signal?.throwIfAborted();
      let removed = 0;
      while (removed < limit && !life.isClosed) {
        const count = await pruneSome(Math.min(limit - removed, prunedRowsPerTask), call);
        if (count === 0) break;
        removed += count;
      }
      return removed;
    },

    expired: ({ prefix, cursor, limit }, call) =>
      read(call, ({ endings }) => {
        const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
        const { endings: found, ...rest } = endingsPage(endings, prefixToBytes(prefix), page, call.now);
        return { ...rest, expired: found.map((ending) => ({ ...ending, key: ending.key.toString() })) };
      }),

    async forgetExpired(expired, call) {
      const endings = expired.map(({ key, expiresAt }) => ({ key: keyToBytes(key), expiresAt }));
      await write(call, endings, (tables, ending) => removeEndings(tables, [ending], call.now), true);
    },

    close: () => life.close(),
  };
}

/** Whoever calls `get` next meets the failure of opening, if there is one. */
function later(opening: Promise<unknown>): 'later' {
  opening.catch(() => {});
  return 'later';
}

function readEntry(values: Tables['values'], key: string, now: Millis): StoredEntry | undefined {
  const record = readRecord(values, keyToBytes(key));
  return record !== undefined && now < deadlineOf(record) ? entryOf(record) : undefined;
}

function readEnvelope(values: Tables['values'], key: string, now: Millis): Uint8Array | undefined {
  const record = readSingleRecord(values, keyToBytes(key));
  return record !== undefined && now < deadlineOf(record) ? envelopeOf(record) : undefined;
}

function inPortions<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / writesPerTask);
  return Array.from({ length: count }, (_, index) => items.slice(index * writesPerTask, (index + 1) * writesPerTask));
}

function resolveOptions({ path, mapSize, exclusive = false }: LmdbStoreOptions): LifecycleOptions {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidOptionError(`lmdbStore: path must be a folder, such as './.larder', not ${JSON.stringify(path)}.`);
  }
  if (typeof exclusive !== 'boolean') {
    throw new InvalidOptionError(`lmdbStore: exclusive must be true or false, not ${JSON.stringify(exclusive)}.`);
  }
  if (mapSize === undefined) return { path, exclusive };
  if (!Number.isSafeInteger(mapSize) || mapSize <= 0) {
    throw new InvalidOptionError(
      `lmdbStore: mapSize must be a positive number of bytes, such as 2 ** 30, not ${mapSize}.`,
    );
  }
  return { path, mapSize, exclusive };
}
