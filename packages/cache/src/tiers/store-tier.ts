import type { EntryHeader } from '../codecs/envelope.js';
import type { StoreChange, StoredEntry, WriteResult } from '../contracts/store.js';
import type { EntryChange, EntryDecision, EntryWrite, KeysOfTier, TierResult } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { Marker } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import { type HeldLease, type LeaseOutcome, type LeaseWish, LoadLeaseRecords } from './load-lease-records.js';
import { refuseUnsupported } from './refuse-unsupported.js';
import { type Decide, StoreChanges } from './store-changes.js';
import type { StoreGate } from './store-gate.js';
import { headerIn, headerOf, StoreLiveness } from './store-liveness.js';
import {
  type Decoded,
  type GuardedWrite,
  isLate,
  type LateEntry,
  type ReceivedEntry,
  StoreRecords,
  type StoreRecordsParts,
} from './store-records.js';

export interface StoreTierParts extends StoreRecordsParts {
  readonly gate: StoreGate;
  readonly markers: StoredMarkers;
  /** What the keys of leases beside entries begin with, and how long a lease lives. */
  readonly leasePrefix: string;
  readonly leaseLife: Millis;
}

/** Entries of one namespace in a store: live ones alone, unless it says otherwise. Never throws. */
export class StoreTier {
  readonly #gate: StoreGate;
  readonly #records: StoreRecords;
  readonly #liveness: StoreLiveness;
  readonly #changes: StoreChanges;
  readonly #leases: LoadLeaseRecords;

  constructor(parts: StoreTierParts) {
    this.#gate = parts.gate;
    this.#records = new StoreRecords(parts);
    this.#liveness = new StoreLiveness(this.#records, parts.markers);
    this.#changes = new StoreChanges(this.#records, this.#liveness);
    this.#leases = new LoadLeaseRecords(this.#records, this.#liveness, parts.leasePrefix, parts.leaseLife);
  }

  /** False from a failure to the next success. */
  get isAnswering(): boolean {
    return this.#gate.isAnswering;
  }

  /**
   * What is not gone: fresh or stale. What is late is for the caller to finish: the store has answered, and its deadline
   * is not for decompressing.
   */
  get(keys: readonly string[]): Promise<TierResult<Decoded[]>> {
    return this.#gate.callInPortions(keys, async (store, portion, call) => {
      const found = await this.#liveness.read(portion, store, call);
      const decoded = this.#records.decodeAll(portion, found);
      const learning = this.#liveness.learnTags(decoded, store, call);
      if (learning !== undefined) await learning;
      for (let at = 0; at < decoded.length; at++) {
        const each = decoded[at];
        decoded[at] = isLate(each) ? this.#late(each, call.now) : this.#liveness.judged(each, call.now);
      }
      return decoded;
    });
  }

  /** May {@link StoreTier.getNow} answer? */
  get readsAtOnce(): boolean {
    return this.#gate.store.getNow !== undefined;
  }

  #late({ createdAt, tags, finish }: LateEntry, now: Millis): LateEntry {
    return { createdAt, tags, finish: async () => this.#liveness.judged(await finish(), now) };
  }

  /** `undefined` where the store cannot read at once, or the entry not be decoded: then {@link StoreTier.get} can. */
  getNow(key: string): TierResult<ReceivedEntry | undefined> | undefined {
    const { markers } = this.#liveness;
    return this.#gate.readNow((store, now) => {
      const stored = store.getNow?.(this.#records.physical(key), { now });
      if (stored === undefined || stored === 'later') return stored;
      const ledger = store.getNow?.(markers.ledgerKey, { now });
      if (ledger === 'later') return ledger;
      markers.absorbLedger(ledger);
      const received = this.#records.decode(key, stored);
      if (received === undefined) return undefined;
      if (isLate(received)) return 'later';
      const { createdAt, tags } = received;
      for (const tag of markers.unknownTags(createdAt, tags)) {
        const { epoch } = markers;
        const marker = store.getNow?.(markers.markerKey(tag), { now });
        if (marker === 'later') return marker;
        markers.absorbMarkers([tag], [marker], epoch);
      }
      return this.#liveness.judged(received, now);
    });
  }

  /**
   * Writes, after what other processes must know of them. With `unlessInvalidated`, those whose tags were invalidated
   * since they were created are left out: `condition-failed`.
   */
  set(
    writes: readonly GuardedWrite[],
    options: { readonly unlessInvalidated: boolean },
  ): Promise<TierResult<WriteResult[]>> {
    const preparing = this.#records.prepare(writes);
    return preparing === undefined ? this.#set(writes, options) : preparing.then(() => this.#set(writes, options));
  }

  #set(
    writes: readonly GuardedWrite[],
    { unlessInvalidated }: { readonly unlessInvalidated: boolean },
  ): Promise<TierResult<WriteResult[]>> {
    return this.#gate.callInPortions(writes, async (store, given, call) => {
      const dated = store.capabilities.evicts === true ? await this.#liveness.prepare(given, store, call) : given;
      const portion = unlessInvalidated ? given : dated;
      const announced = await this.#liveness.announce(portion, store, call);
      if (!unlessInvalidated && !announced) return store.set(this.#records.encodeAll(portion), call);
      const standing = await this.#liveness.notInvalidated(portion, store, call);
      const results = (await store.set(this.#records.encodeAll(standing), call)).values();
      const leftOut = unlessInvalidated ? [] : portion.filter((write) => !standing.includes(write));
      // What they were to replace must not come back.
      await Promise.all(
        leftOut.map(([key, { createdAt }]) => store.modify(this.#records.physical(key), deleteIfUpTo(createdAt), call)),
      );
      return portion.map(
        (write) => (standing.includes(write) ? results.next().value : undefined) ?? 'condition-failed',
      );
    });
  }

  /** Were there live entries? What stands is looked at only where some of it may be dead. */
  delete(keys: readonly string[]): Promise<TierResult<boolean[]>> {
    return this.#gate.callInPortions(keys, async (store, portion, call) => {
      // Where it costs a call, what was read last has to do.
      if (store.getNow !== undefined) await this.#liveness.readLedger(store, call);
      const before = this.#liveness.markers.needsJudgement
        ? await this.#liveness.live(portion, store, call)
        : undefined;
      const deleted = await store.delete(portion.map(this.#records.physical), call);
      return deleted.map((wasThere, at) => wasThere && before?.[at] !== false);
    });
  }

  /** What `change` throws comes back as the failure, unwrapped. It is shown live entries only. */
  modify(key: string, change: EntryChange): Promise<TierResult<ReceivedEntry | undefined>> {
    const preparing = this.#records.prepare([]);
    return preparing === undefined ? this.#modify(key, change) : preparing.then(() => this.#modify(key, change));
  }

  #modify(key: string, change: EntryChange): Promise<TierResult<ReceivedEntry | undefined>> {
    return this.#gate.call(async (store, call) => {
      const decide = (envelope: Uint8Array | undefined): ReturnType<Decide> => {
        // Whatever its size: a decision in an atomic step cannot wait.
        const received = this.#records.decode(key, envelope, unlimited);
        if (isLate(received)) return { waitFor: received.finish };
        const entry = received?.entry;
        return { header: entry, decision: (isLive: boolean) => change(isLive ? entry : undefined) };
      };
      const stored = await this.#changes.run(key, decide, store, call, { isWrittenNow: true });
      const decoded = this.#records.decode(key, stored?.bytes);
      return this.#liveness.judged(isLate(decoded) ? await decoded.finish() : decoded, call.now);
    });
  }

  /** Makes `write` or not, as `change` decides by what stands, whose value is not decoded. */
  decide(
    key: string,
    write: EntryWrite,
    change: (current: EntryHeader | undefined) => EntryDecision,
  ): Promise<TierResult<void>> {
    const preparing = this.#records.prepare([[key, write]]);
    return preparing === undefined ? this.#decide(key, change) : preparing.then(() => this.#decide(key, change));
  }

  #decide(key: string, change: (current: EntryHeader | undefined) => EntryDecision): Promise<TierResult<void>> {
    return this.#gate.call(async (store, call) => {
      const decide = (envelope: Uint8Array | undefined) => {
        const header = headerIn(envelope);
        return { header, decision: (isLive: boolean) => change(isLive ? header : undefined) };
      };
      await this.#changes.run(key, decide, store, call, { isWrittenNow: true });
    });
  }

  /**
   * Makes a write that has waited, unless what stands is as new; where nothing stands, only with `mayCreate`. What stands
   * counts here whether it is live or not.
   */
  replay(key: string, write: EntryWrite, mayCreate: boolean): Promise<TierResult<ReplayOutcome>> {
    const preparing = this.#records.prepare([[key, write]]) ?? Promise.resolve();
    return preparing.then(() =>
      this.#gate.call(async (store, call): Promise<ReplayOutcome> => {
        let outcome: ReplayOutcome = 'written';
        const decide = (envelope: Uint8Array | undefined): ReturnType<Decide> => {
          const header = headerIn(envelope);
          const isOld = header === undefined ? mayCreate : header.createdAt < write.createdAt;
          // The same time: it had arrived.
          const isNewer = header !== undefined && header.createdAt > write.createdAt;
          outcome = isNewer ? 'newer-stands' : isOld || header !== undefined ? 'written' : 'nothing-stands';
          return { header, decision: (): EntryDecision => (isOld ? { kind: 'write', write } : { kind: 'keep' }) };
        };
        const stored = await this.#changes.run(key, decide, store, call, { isWrittenNow: false });
        // Its tags were invalidated since, or the namespace cleared.
        const isLeftOut = outcome === 'written' && headerOf(stored)?.createdAt !== write.createdAt;
        return isLeftOut ? 'invalidated' : outcome;
      }),
    );
  }

  takeLeases(wishes: readonly LeaseWish[]): Promise<TierResult<LeaseOutcome[]>> {
    return this.#gate.callInPortions(wishes, (store, portion, call) => this.#leases.takeAll(portion, store, call));
  }

  extendLease(lease: HeldLease): Promise<TierResult<boolean>> {
    return this.#gate.call((store, call) => this.#leases.extend(lease, store, call));
  }

  releaseLease(lease: HeldLease): Promise<TierResult<void>> {
    return this.#gate.call((store, call) => this.#leases.release(lease, store, call));
  }

  async invalidateTags(raised: ReadonlyMap<string, Marker>): Promise<TierResult<void>> {
    return this.#gate.call((store, call) => this.#liveness.markers.raiseInStore(raised, store, call));
  }

  async clear(time: Millis): Promise<TierResult<void>> {
    return this.#gate.call((store, call) => this.#liveness.markers.clear(time, store, call));
  }

  /** Live keys, or with `held` those of all entries that are there. */
  keys(
    prefix: string,
    page: { cursor?: string | undefined; limit: number; held?: boolean },
  ): Promise<TierResult<KeysOfTier>> {
    return this.#gate.call(async (store, call) => {
      refuseUnsupported('scan', store);
      const found = await store.scan(this.#records.physical(prefix), pageRequest(page), call);
      if (page.held === true) return { ...found, keys: found.keys.map(this.#records.logical) };
      return { ...found, keys: await this.#liveness.onlyLive(found.keys, store, call) };
    });
  }

  /** Live keys of one page of an index. */
  keysByTerm(
    term: { readonly name: string; readonly value: string },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<TierResult<KeysOfTier>> {
    return this.#gate.call(async (store, call) => {
      refuseUnsupported('index', store);
      const found = await store.byIndex({ prefix: this.#records.prefix, ...term }, pageRequest(page), call);
      return { ...found, keys: await this.#liveness.onlyLive(found.keys, store, call) };
    });
  }

  /** Keys of the next page whatever became of them, for {@link StoreTier.deleteCreatedUpTo}. */
  heldKeys(page: { cursor?: string | undefined; limit: number }): Promise<TierResult<KeysOfTier>> {
    return this.#gate.call(async (store, call) => {
      if (store.capabilities.scan === false) return { keys: [] };
      const found = await store.scan(this.#records.prefix, pageRequest(page), call);
      return { ...found, keys: found.keys.map(this.#records.logical) };
    });
  }

  /** Deletes those of `keys` whose entries were created up to `time`: a newer write stays. */
  deleteCreatedUpTo(keys: readonly string[], time: Millis): Promise<TierResult<void>> {
    return this.#gate.call(async (store, call) => {
      await Promise.all(keys.map((key) => store.modify(this.#records.physical(key), deleteIfUpTo(time), call)));
    });
  }

  prune(limit: number): Promise<TierResult<number>> {
    return this.#gate.call((store, call) => store.prune(limit, call));
  }
}

/** What became of a write that had waited. */
export type ReplayOutcome = 'written' | 'newer-stands' | 'nothing-stands' | 'invalidated';

const unlimited = { bytes: Number.POSITIVE_INFINITY };

/** Deletes what was created up to `time`: a newer write stays. */
function deleteIfUpTo(time: Millis): StoreChange {
  return (current) => (current !== undefined && isCreatedUpTo(current, time) ? 'delete' : 'keep');
}

function isCreatedUpTo(stored: StoredEntry, time: Millis): boolean {
  const header = headerOf(stored);
  return header === undefined || header.createdAt <= time;
}

function pageRequest({ cursor, limit }: { cursor?: string | undefined; limit: number }) {
  return cursor === undefined ? { limit } : { cursor, limit };
}
