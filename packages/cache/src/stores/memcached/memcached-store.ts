import type { Store, StoreCall, StoreCapabilities, StoredEntry, WriteResult } from '../../contracts/store.js';
import { ClosedError, UnsupportedByStoreError } from '../../errors.js';
import { KeyReads } from './key-reads.js';
import { KeyWrites } from './key-writes.js';
import { longestKey, type WireKey, wireKey } from './keys.js';
import { storeName } from './memcached-errors.js';
import { type MemcachedStoreOptions, resolveOptions } from './options.js';
import { type EncodedEntry, encodeEntry, refuseTooLargeValue } from './records.js';
import { Servers } from './servers.js';

/**
 * Keeps entries on memcached servers (1.6 or newer), whose items are lost at a restart and evicted when there is no
 * room. Connects at the first call. There is no listing and no index.
 *
 * @throws InvalidOptionError
 * @example memcachedStore({ servers: ['10.0.0.1:11211', { host: '10.0.0.2', weight: 2 }], prefix: 'shop:' })
 */
export function memcachedStore(options: MemcachedStoreOptions): Store {
  const { prefix, valueBytes, ...resolved } = resolveOptions(options);
  const servers = new Servers({ prefix, valueBytes, ...resolved });
  const reads = new KeyReads(servers);
  const writes = new KeyWrites(servers);
  let closing: Promise<void> | undefined;

  const capabilities: StoreCapabilities = Object.freeze({
    persistent: false,
    evicts: true,
    shared: true,
    synchronousReads: false,
    atomicWrites: true,
    scan: false,
    index: false,
    expiry: 'exact',
    limits: Object.freeze({ keyBytes: longestKey, valueBytes }),
  });

  function refuseIfUnwanted({ signal }: StoreCall): void {
    if (closing !== undefined) throw new ClosedError();
    signal?.throwIfAborted();
  }

  function encode(entry: StoredEntry, key: WireKey): EncodedEntry {
    refuseTooLargeValue(entry.bytes, valueBytes);
    return encodeEntry(entry, key);
  }

  async function close(): Promise<void> {
    await Promise.all([writes.finish(), reads.finish()]);
    servers.close();
  }

  return {
    name: storeName,
    capabilities,

    async time(call) {
      refuseIfUnwanted(call);
      return servers.time();
    },

    async get(keys, call) {
      refuseIfUnwanted(call);
      const wireKeys = keys.map((key) => wireKey(prefix, key));
      return reads.read(wireKeys, call.now);
    },

    async set(entries, call) {
      refuseIfUnwanted(call);
      const prepared = entries.map(({ key: text, condition, ...body }) => {
        const key = wireKey(prefix, text);
        return { key, write: { kind: 'set' as const, entry: encode(body, key), condition } };
      });
      return Promise.all(prepared.map(({ key, write }) => writes.ask(key, write, call) as Promise<WriteResult>));
    },

    async delete(keys, call) {
      refuseIfUnwanted(call);
      const prepared = keys.map((key) => wireKey(prefix, key));
      return Promise.all(prepared.map((key) => writes.ask(key, { kind: 'delete' }, call) as Promise<boolean>));
    },

    async modify(text, change, call) {
      refuseIfUnwanted(call);
      const key = wireKey(prefix, text);
      const write = { kind: 'modify' as const, change, encode: (entry: StoredEntry) => encode(entry, key) };
      return writes.ask(key, write, call) as Promise<StoredEntry | undefined>;
    },

    async scan() {
      throw new UnsupportedByStoreError('The memcached store cannot list keys: memcached has no complete listing.');
    },

    async byIndex() {
      throw new UnsupportedByStoreError('The memcached store cannot look entries up by their terms.');
    },

    /** The server frees expired items by itself. */
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
