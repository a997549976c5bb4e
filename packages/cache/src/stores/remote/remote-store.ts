import type {
  Store,
  StoreCall,
  StoreCapabilities,
  StoreChange,
  StoredEntry,
  StoreWrite,
  WriteResult,
} from '../../contracts/store.js';
import { ClosedError } from '../../errors.js';
import { BatchLane, expectDone } from './batch-lane.js';
import { ConditionalChanges } from './conditional-changes.js';
import { Connection } from './connection.js';
import { KeyTurns } from './key-turns.js';
import { escapedName, keyOf, longestKeyBytes, nameOf } from './names.js';
import { type RemoteStoreOptions, resolveOptions } from './options.js';
import { encodeRecord, lifeSeconds, liveEntryIn, longestEnvelope, recordType } from './record.js';
import { remoteBus } from './remote-bus.js';
import { storeName } from './remote-errors.js';
import { timeIn } from './service-time.js';
import { termOf, termsOf } from './terms.js';

const capabilities: StoreCapabilities = Object.freeze({
  persistent: true,
  shared: true,
  synchronousReads: false,
  atomicWrites: true,
  scan: 'repeats',
  index: true,
  expiry: 'coarse',
  limits: Object.freeze({ keyBytes: longestKeyBytes, valueBytes: longestEnvelope }),
});

/**
 * Keeps entries in a Larder service, in the tenant of an API key. Connects at the first call; hears of what others write by
 * the service's events.
 *
 * @throws InvalidOptionError
 * @example remoteStore({ url: 'https://cache.example.com', key: process.env.LARDER_KEY })
 */
export function remoteStore(given: RemoteStoreOptions): Store {
  const options = resolveOptions(given);
  const connection = new Connection(options);
  const reads = new BatchLane(connection, true);
  const writes = new BatchLane(connection, false);
  const changes = new ConditionalChanges(connection, options.random);
  const turns = new KeyTurns();
  let closing: Promise<void> | undefined;

  function refuseIfUnwanted({ signal }: StoreCall): void {
    if (closing !== undefined) throw new ClosedError();
    signal?.throwIfAborted();
  }

  async function read(name: string, { now, signal }: StoreCall): Promise<StoredEntry | undefined> {
    const result = expectDone(await reads.ask({ op: 'get', key: name }, signal), 200, 404);
    return result.valueBase64 === undefined ? undefined : liveEntryIn(Buffer.from(result.valueBase64, 'base64'), now);
  }

  async function write(name: string, entry: StoreWrite, call: StoreCall): Promise<WriteResult> {
    const { now, signal } = call;
    // It came late: what it replaces is gone all the same.
    if (entry.expiresAt <= now) return (await remove(name, call)) ? 'replaced' : 'created';
    const operation = {
      op: 'set' as const,
      key: name,
      valueBase64: encodeRecord(entry).toString('base64'),
      contentType: recordType,
      ttl: lifeSeconds(entry.expiresAt, now),
      indexes: termsOf(entry.indexes),
    };
    const { status } = expectDone(await writes.ask(operation, signal), 201, 204);
    return status === 201 ? 'created' : 'replaced';
  }

  /** As {@link write}, only where the condition holds. */
  async function writeIf(name: string, entry: StoreWrite, call: StoreCall): Promise<WriteResult> {
    const { condition } = entry;
    let result: WriteResult = 'condition-failed';
    const change: StoreChange = (current) => {
      const holds =
        condition === undefined ||
        ('absent' in condition ? current === undefined : current?.version === condition.version);
      result = !holds ? 'condition-failed' : current === undefined ? 'created' : 'replaced';
      return holds ? entry : 'keep';
    };
    await changes.change(name, change, call);
    return result;
  }

  async function remove(name: string, { signal }: StoreCall): Promise<boolean> {
    return expectDone(await writes.ask({ op: 'delete', key: name }, signal), 204).deleted === true;
  }

  async function page(path: string, cursor: string | undefined, { signal }: StoreCall) {
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await connection.expect({ method: 'GET', path: path + from, signal, isSafe: true }, 200);
    const { keys, cursor: next } = JSON.parse(body.toString('utf8')) as { keys: string[]; cursor?: string | null };
    return { keys: keys.map(keyOf), ...(next == null ? {} : { cursor: next }) };
  }

  async function close(): Promise<void> {
    await turns.finish();
    connection.close();
  }

  return {
    name: storeName,
    capabilities,
    bus: remoteBus({ connection, random: options.random }),

    async time(call) {
      refuseIfUnwanted(call);
      return timeIn(await connection.expect({ method: 'GET', path: '/livez', signal: call.signal, isSafe: true }, 200));
    },

    async get(keys, call) {
      refuseIfUnwanted(call);
      const names = keys.map(nameOf);
      return Promise.all(names.map((name) => read(name, call)));
    },

    async set(entries, call) {
      refuseIfUnwanted(call);
      // Refused before anything is sent.
      const named = entries.map((entry) => ({ name: nameOf(entry.key), entry }));
      for (const { entry } of named) encodeRecord(entry);
      return Promise.all(
        named.map(({ name, entry }) =>
          turns.run(name, () =>
            entry.condition === undefined ? write(name, entry, call) : writeIf(name, entry, call),
          ),
        ),
      );
    },

    async delete(keys, call) {
      refuseIfUnwanted(call);
      const names = keys.map(nameOf);
      return Promise.all(names.map((name) => turns.run(name, () => remove(name, call))));
    },

    async modify(key, change, call) {
      refuseIfUnwanted(call);
      const name = nameOf(key);
      return turns.run(name, () => changes.change(name, change, call));
    },

    async scan(prefix, { cursor, limit }, call) {
      refuseIfUnwanted(call);
      const path = `/v1/keys?prefix=${encodeURIComponent(escapedName(prefix))}&limit=${Math.min(limit, keysPerPage)}`;
      return page(path, cursor, call);
    },

    async byIndex({ prefix, name, value }, { cursor, limit }, call) {
      refuseIfUnwanted(call);
      const term = [name, value].map((part) => encodeURIComponent(termOf(part))).join('/');
      const found = await page(`/v1/indexes/${term}?limit=${Math.min(limit, keysPerPage)}`, cursor, call);
      return { ...found, keys: found.keys.filter((key) => key.startsWith(prefix)) };
    },

    /** The service removes what has expired by itself. */
    async prune(_limit, call) {
      refuseIfUnwanted(call);
      return 0;
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** What the service gives at the most. */
const keysPerPage = 1_000;
