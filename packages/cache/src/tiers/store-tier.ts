import { decodeEntry, decodeEnvelope, encodeEntry, withLifetime } from '../codecs/envelope.js';
import type { Entry, Version } from '../contracts/entry.js';
import type { StoreChange, StoredEntry, StoreWrite, WriteResult } from '../contracts/store.js';
import type { EntryChange, EntryCondition, EntryWrite, KeysOfTier, TierResult } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { UnsupportedByStoreError } from '../errors.js';
import { makeEntry } from './make-entry.js';
import type { StoreGate } from './store-gate.js';

export interface StoreTierParts {
  readonly gate: StoreGate;
  /** What the physical keys of this namespace begin with. */
  readonly prefix: string;
  readonly versionOf: (createdAt: Millis) => Version;
  /** Decoded values are frozen. */
  readonly freeze: boolean;
  readonly undecodable: (key: string, reason: string) => void;
}

/** An entry read from a store, and what memory needs to know to hold it. */
export interface ReceivedEntry {
  readonly entry: Entry;
  readonly isMutable: boolean;
  readonly size: number;
}

/** Entries of one namespace in a store: joins keys, turns entries into bytes and back, and never throws. */
export class StoreTier {
  readonly #parts: StoreTierParts;

  constructor(parts: StoreTierParts) {
    this.#parts = parts;
  }

  /** False from a failure to the next success. */
  get isAnswering(): boolean {
    return this.#parts.gate.isAnswering;
  }

  get(keys: readonly string[]): Promise<TierResult<(ReceivedEntry | undefined)[]>> {
    return this.#parts.gate.callInPortions(keys, async (store, portion, call) => {
      const found = await store.get(portion.map(this.#physical), call);
      return found.map((stored, at) => this.#decode(portion[at] as string, stored));
    });
  }

  /** `undefined` where the store cannot read at once: then {@link StoreTier.get} can. */
  getNow(key: string): TierResult<ReceivedEntry | undefined> | undefined {
    return this.#parts.gate.readNow((store, now) => {
      const stored = store.getNow?.(this.#physical(key), { now });
      return stored === 'later' ? stored : this.#decode(key, stored);
    });
  }

  set(
    writes: readonly (readonly [string, EntryWrite])[],
    condition?: EntryCondition,
  ): Promise<TierResult<WriteResult[]>> {
    return this.#parts.gate.callInPortions(writes, async (store, portion, call) => {
      const storeWrites = portion.map(([key, write]): StoreWrite => {
        const stored = { key: this.#physical(key), ...this.#encode(write) };
        return condition === undefined ? stored : { ...stored, condition };
      });
      return store.set(storeWrites, call);
    });
  }

  delete(keys: readonly string[]): Promise<TierResult<boolean[]>> {
    return this.#parts.gate.callInPortions(keys, (store, portion, call) =>
      store.delete(portion.map(this.#physical), call),
    );
  }

  /** What `change` throws comes back as the failure, unwrapped. */
  modify(key: string, change: EntryChange): Promise<TierResult<ReceivedEntry | undefined>> {
    return this.#parts.gate.call(async (store, call) => {
      const stored = await store.modify(this.#physical(key), this.#storeChange(key, change), call);
      return this.#decode(key, stored);
    });
  }

  keys(prefix: string, page: { cursor?: string | undefined; limit: number }): Promise<TierResult<KeysOfTier>> {
    return this.#parts.gate.call(async (store, call) => {
      if (!store.capabilities.scan) {
        throw new UnsupportedByStoreError(
          `The ${store.name} store cannot list keys: use a store with scan, such as LMDB.`,
        );
      }
      const { cursor, limit } = page;
      const request = cursor === undefined ? { limit } : { cursor, limit };
      const found = await store.scan(this.#physical(prefix), request, call);
      return { ...found, keys: found.keys.map((key) => key.slice(this.#parts.prefix.length)) };
    });
  }

  /** Deletes those of `keys` whose entries were created before `time`: a newer write stays. */
  deleteCreatedBefore(keys: readonly string[], time: Millis): Promise<TierResult<void>> {
    return this.#parts.gate.call(async (store, call) => {
      const change: StoreChange = (current) =>
        current === undefined || isCreatedAfter(current, time) ? 'keep' : 'delete';
      await Promise.all(keys.map((key) => store.modify(this.#physical(key), change, call)));
    });
  }

  prune(limit: number): Promise<TierResult<number>> {
    return this.#parts.gate.call((store, call) => store.prune(limit, call));
  }

  readonly #physical = (key: string): string => this.#parts.prefix + key;

  #encode(write: EntryWrite): Omit<StoreWrite, 'key' | 'condition'> {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    const entry = makeEntry(write.survey.value, version, write);
    const bytes = encodeEntry(entry, write.survey.isPlainJson);
    return { bytes, expiresAt: write.staleUntil, version, indexes: entry.indexes };
  }

  #decode(key: string, stored: StoredEntry | undefined): ReceivedEntry | undefined {
    if (stored === undefined) return undefined;
    const decoded = decodeEntry(stored.bytes, { freeze: this.#parts.freeze });
    if (decoded.ok) return decoded;
    this.#parts.undecodable(key, decoded.reason);
    return undefined;
  }

  #storeChange(key: string, change: EntryChange): StoreChange {
    return (current) => {
      const entry = this.#decode(key, current)?.entry;
      const decision = change(entry);
      if (decision.kind === 'keep' || decision.kind === 'delete') return decision.kind;
      if (decision.kind === 'write') return this.#encode(decision.write);
      if (current === undefined || entry === undefined) return 'keep';
      const { freshUntil, staleUntil } = decision;
      const bytes = withLifetime(current.bytes, freshUntil, staleUntil);
      if (bytes === undefined) return 'keep';
      return { bytes, expiresAt: staleUntil, version: current.version, indexes: entry.indexes };
    };
  }
}

function isCreatedAfter(stored: StoredEntry, time: Millis): boolean {
  const decoded = decodeEnvelope(stored.bytes);
  return decoded.ok && decoded.header.createdAt > time;
}
