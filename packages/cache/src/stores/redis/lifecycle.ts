import { ClosedError } from '../../errors.js';
import type { RedisConnection } from './connection.js';
import { EntryTable } from './entry-table.js';
import type { ResolvedOptions } from './options.js';

/** A store from its first call, which opens the connection, to `close`. */
export interface Lifecycle {
  /** Rejects with `ClosedError` from `close` on. `work` never throws: what is wrong is a rejection. */
  use<Result>(work: (table: EntryTable) => Promise<Result>): Promise<Result>;
  /** The same connection, which `close` closes. */
  connection(): Promise<RedisConnection>;
  close(): Promise<void>;
}

/** How long `close` waits for a Redis that does not answer. */
const closingMillis = 2_000;

export function lifecycle({ prefix, random, connect }: ResolvedOptions): Lifecycle {
  let connection: RedisConnection | undefined;
  let table: EntryTable | undefined;
  let opening: Promise<EntryTable> | undefined;
  let closing: Promise<void> | undefined;

  async function open(): Promise<EntryTable> {
    try {
      connection = await connect();
      table = new EntryTable(connection, prefix, random);
      return table;
    } finally {
      opening = undefined;
    }
  }

  async function close(): Promise<void> {
    await opening?.catch(() => {});
    if (table !== undefined) await withinClosingTime(table.finish());
    await connection?.close();
  }

  async function opened(): Promise<EntryTable> {
    if (closing !== undefined) throw new ClosedError();
    if (table !== undefined) return table;
    opening ??= open();
    return opening;
  }

  return {
    // No async function: every call passes here, and would pay for a promise more.
    use(work) {
      if (closing !== undefined) return Promise.reject(new ClosedError());
      return table === undefined ? opened().then(work) : work(table);
    },
    async connection() {
      await opened();
      return connection as RedisConnection;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function withinClosingTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closingMillis).unref();
  });
  await Promise.race([work, end]);
  clearTimeout(timer);
}
