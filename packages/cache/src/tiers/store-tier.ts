import { decodeEntry, decodeEnvelope, type EntryHeader, encodeEntry, withLifetime } from '../codecs/envelope.js';
import type { Entry, Version } from '../contracts/entry.js';
import type { Store, StoreCall, StoreChange, StoredEntry, StoreWrite, WriteResult } from '../contracts/store.js';
import type { EntryChange, EntryDecision, EntryWrite, KeysOfTier, Lifetime, TierResult } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { UnsupportedByStoreError } from '../errors.js';
import type { Marker } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import { makeEntry } from './make-entry.js';
import type { StoreGate } from './store-gate.js';

export interface StoreTierParts {
  readonly gate: StoreGate;
  /** What the physical keys of this namespace begin with. */
  readonly prefix: string;
  readonly markers: StoredMarkers;
  readonly versionOf: (createdAt: Millis) => Version;
  readonly witness: (createdAt: Millis) => void;
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

  /** What is not gone: fresh or stale. */
  get(keys: readonly string[]): Promise<TierResult<(ReceivedEntry | undefined)[]>> {
    return this.#parts.gate.callInPortions(keys, async (store, portion, call) => {
      const found = await this.#read(portion, store, call);
      const received = found.map((stored, at) => this.#decode(portion[at] as string, stored?.bytes));
      await this.#learnTags(received.map(entryIn), store, call);
      return received.map((each) => this.#judged(each, call.now));
    });
  }

  /** `undefined` where the store cannot read at once: then {@link StoreTier.get} can. */
  getNow(key: string): TierResult<ReceivedEntry | undefined> | undefined {
    const { gate, markers } = this.#parts;
    return gate.readNow((store, now) => {
      const stored = store.getNow?.(this.#physical(key), { now });
      if (stored === undefined || stored === 'later') return stored;
      const ledger = store.getNow?.(markers.ledgerKey, { now });
      if (ledger === 'later') return ledger;
      markers.absorbLedger(ledger);
      const received = this.#decode(key, stored);
      if (received === undefined) return undefined;
      const { createdAt, tags } = received.entry;
      for (const tag of markers.unknownTags(createdAt, tags)) {
        const { epoch } = markers;
        const marker = store.getNow?.(markers.markerKey(tag), { now });
        if (marker === 'later') return marker;
        markers.absorbMarkers([tag], [marker], epoch);
      }
      return this.#judged(received, now);
    });
  }

  /**
   * Writes, after what other processes must know of them. With `unlessInvalidated`, those whose tags were invalidated
   * since they were created are left out: `condition-failed`.
   */
  set(
    writes: readonly (readonly [string, EntryWrite])[],
    { unlessInvalidated }: { readonly unlessInvalidated: boolean },
  ): Promise<TierResult<WriteResult[]>> {
    return this.#parts.gate.callInPortions(writes, async (store, portion, call) => {
      const announced = await this.#announce(portion, store, call);
      if (!unlessInvalidated && !announced) return store.set(this.#storeWrites(portion), call);
      const standing = await this.#notInvalidated(portion, store, call);
      const results = (await store.set(this.#storeWrites(standing), call)).values();
      const leftOut = unlessInvalidated ? [] : portion.filter((write) => !standing.includes(write));
      // What they were to replace must not come back.
      await Promise.all(
        leftOut.map(([key, { createdAt }]) => store.modify(this.#physical(key), deleteIfUpTo(createdAt), call)),
      );
      return portion.map(
        (write) => (standing.includes(write) ? results.next().value : undefined) ?? 'condition-failed',
      );
    });
  }

  /** Were there live entries? What stands is looked at only where some of it may be dead. */
  delete(keys: readonly string[]): Promise<TierResult<boolean[]>> {
    return this.#parts.gate.callInPortions(keys, async (store, portion, call) => {
      // Where it costs a call, what was read last has to do.
      if (store.getNow !== undefined) await this.#readLedger(store, call);
      const before = this.#parts.markers.needsJudgement ? await this.#live(portion, store, call) : undefined;
      const deleted = await store.delete(portion.map(this.#physical), call);
      return deleted.map((wasThere, at) => wasThere && before?.[at] !== false);
    });
  }

  /** What `change` throws comes back as the failure, unwrapped. It is shown live entries only. */
  modify(key: string, change: EntryChange): Promise<TierResult<ReceivedEntry | undefined>> {
    return this.#parts.gate.call(async (store, call) => {
      const decide = (envelope: Uint8Array | undefined) => {
        const entry = this.#decode(key, envelope)?.entry;
        return { header: entry, decision: (isLive: boolean) => change(isLive ? entry : undefined) };
      };
      const stored = await this.#change(key, decide, store, call);
      return this.#judged(this.#decode(key, stored?.bytes), call.now);
    });
  }

  /** As {@link StoreTier.modify}, for decisions that need no value: none is decoded. */
  decide(key: string, change: (current: EntryHeader | undefined) => EntryDecision): Promise<TierResult<void>> {
    return this.#parts.gate.call(async (store, call) => {
      const decide = (envelope: Uint8Array | undefined) => {
        const header = headerIn(envelope);
        return { header, decision: (isLive: boolean) => change(isLive ? header : undefined) };
      };
      await this.#change(key, decide, store, call);
    });
  }

  async #change(key: string, decide: Decide, store: Store, call: StoreCall): Promise<StoredEntry | undefined> {
    const { markers } = this.#parts;
    await this.#readLedger(store, call);
    for (;;) {
      let missing: Missing | undefined;
      const change: StoreChange = (current) => {
        const decided = this.#decide(current, decide, call.now);
        missing = 'missing' in decided ? decided.missing : undefined;
        return 'missing' in decided ? 'keep' : decided.write;
      };
      const stored = await store.modify(this.#physical(key), change, call);
      if (missing === undefined) return stored;
      if ('life' in missing) await markers.announce(missing.life, missing.hasStaleWindow, store, call);
      else await this.#learn(missing.tags, store, call);
    }
  }

  async invalidateTags(tags: readonly string[], marker: Marker): Promise<TierResult<void>> {
    return this.#parts.gate.call((store, call) => this.#parts.markers.raiseInStore(tags, marker, store, call));
  }

  async clear(time: Millis): Promise<TierResult<void>> {
    return this.#parts.gate.call((store, call) => this.#parts.markers.clear(time, store, call));
  }

  /** Live keys, or with `held` those of all entries that are there. */
  keys(
    prefix: string,
    page: { cursor?: string | undefined; limit: number; held?: boolean },
  ): Promise<TierResult<KeysOfTier>> {
    return this.#parts.gate.call(async (store, call) => {
      this.#refuseUnless(store.capabilities.scan, 'list keys', 'scan');
      const found = await store.scan(this.#physical(prefix), pageRequest(page), call);
      if (page.held === true) return { ...found, keys: found.keys.map(this.#logical) };
      return { ...found, keys: await this.#onlyLive(found.keys, store, call) };
    });
  }

  /** Live keys of one page of an index. */
  keysByTerm(
    term: { readonly name: string; readonly value: string },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<TierResult<KeysOfTier>> {
    return this.#parts.gate.call(async (store, call) => {
      this.#refuseUnless(store.capabilities.index, 'look entries up by their terms', 'index');
      const found = await store.byIndex({ prefix: this.#parts.prefix, ...term }, pageRequest(page), call);
      return { ...found, keys: await this.#onlyLive(found.keys, store, call) };
    });
  }

  /** Keys of the next page whatever became of them, for {@link StoreTier.deleteCreatedUpTo}. */
  heldKeys(page: { cursor?: string | undefined; limit: number }): Promise<TierResult<KeysOfTier>> {
    return this.#parts.gate.call(async (store, call) => {
      if (!store.capabilities.scan) return { keys: [] };
      const found = await store.scan(this.#parts.prefix, pageRequest(page), call);
      return { ...found, keys: found.keys.map(this.#logical) };
    });
  }

  /** Deletes those of `keys` whose entries were created up to `time`: a newer write stays. */
  deleteCreatedUpTo(keys: readonly string[], time: Millis): Promise<TierResult<void>> {
    return this.#parts.gate.call(async (store, call) => {
      await Promise.all(keys.map((key) => store.modify(this.#physical(key), deleteIfUpTo(time), call)));
    });
  }

  prune(limit: number): Promise<TierResult<number>> {
    return this.#parts.gate.call((store, call) => store.prune(limit, call));
  }

  readonly #physical = (key: string): string => this.#parts.prefix + key;
  readonly #logical = (key: string): string => key.slice(this.#parts.prefix.length);

  #refuseUnless(isCapable: boolean, what: string, capability: string): void {
    if (isCapable) return;
    const { name } = this.#parts.gate.store;
    throw new UnsupportedByStoreError(
      `The ${name} store cannot ${what}: use a store with ${capability}, such as LMDB.`,
    );
  }

  /** Entries, and the ledger by which they are judged, in one call. */
  async #read(keys: readonly string[], store: Store, call: StoreCall): Promise<(StoredEntry | undefined)[]> {
    const { markers } = this.#parts;
    const found = await store.get([...keys.map(this.#physical), markers.ledgerKey], call);
    markers.absorbLedger(found.pop()?.bytes);
    return found;
  }

  async #readLedger(store: Store, call: StoreCall): Promise<void> {
    const { markers } = this.#parts;
    const now = store.getNow === undefined ? 'later' : store.getNow(markers.ledgerKey, call);
    markers.absorbLedger(now === 'later' ? (await store.get([markers.ledgerKey], call))[0]?.bytes : now);
  }

  /** One batch for all markers that are needed to judge these entries. */
  async #learnTags(entries: readonly (Judged | undefined)[], store: Store, call: StoreCall): Promise<void> {
    const unknown = new Set<string>();
    for (const entry of entries) {
      if (entry === undefined) continue;
      for (const tag of this.#parts.markers.unknownTags(entry.createdAt, entry.tags)) unknown.add(tag);
    }
    if (unknown.size > 0) await this.#learn([...unknown], store, call);
  }

  async #learn(tags: readonly string[], store: Store, call: StoreCall): Promise<void> {
    const { markers } = this.#parts;
    const { epoch } = markers;
    const stored = await store.get(
      tags.map((tag) => markers.markerKey(tag)),
      call,
    );
    markers.absorbMarkers(
      tags,
      stored.map((each) => each?.bytes),
      epoch,
    );
  }

  /** The entry as invalidations left it: an expired one is stale since then, a removed one is not there. */
  #judged(received: ReceivedEntry | undefined, now: Millis): ReceivedEntry | undefined {
    if (received === undefined) return undefined;
    const { entry } = received;
    const verdict = this.#parts.markers.judge(entry.createdAt, entry.tags);
    if (verdict === 'valid') return received;
    if (verdict === 'removed') return undefined;
    // A stamp can be ahead of the clock, and the entry is stale now.
    const freshUntil = Math.min(entry.freshUntil, verdict.staleSince, now);
    return { ...received, entry: Object.freeze({ ...entry, freshUntil }) };
  }

  #isLive(entry: Judged & { readonly freshUntil: Millis }, now: Millis): boolean {
    return now < entry.freshUntil && this.#parts.markers.judge(entry.createdAt, entry.tags) === 'valid';
  }

  async #live(keys: readonly string[], store: Store, call: StoreCall): Promise<boolean[]> {
    const headers = (await this.#read(keys, store, call)).map(headerOf);
    await this.#learnTags(headers, store, call);
    return headers.map((header) => header !== undefined && this.#isLive(header, call.now));
  }

  /** The logical keys of those whose entries are live. What was never invalidated needs no look. */
  async #onlyLive(physical: readonly string[], store: Store, call: StoreCall): Promise<string[]> {
    const keys = physical.map(this.#logical);
    await this.#readLedger(store, call);
    if (keys.length === 0 || !this.#parts.markers.needsJudgement) return keys;
    const live = await this.#live(keys, store, call);
    return keys.filter((_, at) => live[at]);
  }

  /** Answers whether there was something to tell. */
  async #announce(writes: readonly (readonly [string, EntryWrite])[], store: Store, call: StoreCall): Promise<boolean> {
    const { markers } = this.#parts;
    let life = 0;
    let hasStaleWindow = false;
    for (const [, write] of writes) {
      if (isTagged(write)) life = Math.max(life, write.staleUntil - call.now);
      if (write.staleUntil > write.freshUntil) hasStaleWindow = true;
    }
    if (life === 0 && !hasStaleWindow) return false;
    if (markers.isAnnounced(life, hasStaleWindow)) return false;
    await markers.announce(life, hasStaleWindow, store, call);
    return true;
  }

  async #notInvalidated<Write extends readonly [string, EntryWrite]>(
    writes: readonly Write[],
    store: Store,
    call: StoreCall,
  ): Promise<Write[]> {
    const { markers } = this.#parts;
    if (!writes.some(([, write]) => isTagged(write))) return [...writes];
    const judged = writes.map(([, { createdAt, details }]): Judged => ({ createdAt, tags: details?.tags ?? [] }));
    await this.#readLedger(store, call);
    await this.#learnTags(judged, store, call);
    return writes.filter((_, at) => {
      const { createdAt, tags } = judged[at] as Judged;
      return markers.judge(createdAt, tags) === 'valid';
    });
  }

  #storeWrites(writes: readonly (readonly [string, EntryWrite])[]): StoreWrite[] {
    return writes.map(([key, write]) => ({ key: this.#physical(key), ...this.#encode(write) }));
  }

  #encode(write: EntryWrite): Omit<StoreWrite, 'key' | 'condition'> {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    const entry = makeEntry(write.survey.value, version, write);
    const bytes = encodeEntry(entry, write.survey.isPlainJson);
    return { bytes, expiresAt: write.staleUntil, version, indexes: entry.indexes };
  }

  #decode(key: string, envelope: Uint8Array | undefined): ReceivedEntry | undefined {
    if (envelope === undefined) return undefined;
    const decoded = decodeEntry(envelope, { freeze: this.#parts.freeze });
    if (decoded.ok) {
      // What this process writes, or invalidates, from now on is later than what it has seen.
      this.#parts.witness(decoded.entry.createdAt);
      return decoded;
    }
    this.#parts.undecodable(key, decoded.reason);
    return undefined;
  }

  /** Pure but for what it learns: the outcome, or what must be known, or told, before there can be one. */
  #decide(
    current: StoredEntry | undefined,
    decide: Decide,
    now: Millis,
  ): { readonly write: ReturnType<StoreChange> } | { readonly missing: Missing } {
    const { markers } = this.#parts;
    const { header, decision: decisionFor } = decide(current?.bytes);
    const tags = header === undefined ? [] : markers.unknownTags(header.createdAt, header.tags);
    if (tags.length > 0) return { missing: { tags } };
    const live = header !== undefined && this.#isLive(header, now) ? header : undefined;
    const decision = decisionFor(live !== undefined);
    if (decision.kind === 'keep' || decision.kind === 'delete') return { write: decision.kind };
    if (decision.kind === 'touch' && (current === undefined || live === undefined)) return { write: 'keep' };
    const { freshUntil, staleUntil } = decision.kind === 'write' ? decision.write : decision;
    const hasStaleWindow = staleUntil > freshUntil;
    const tagged = decision.kind === 'write' ? isTagged(decision.write) : (live?.tags.length ?? 0) > 0;
    const life = tagged ? staleUntil - now : 0;
    if ((tagged || hasStaleWindow) && !markers.isAnnounced(life, hasStaleWindow))
      return { missing: { life, hasStaleWindow } };
    if (decision.kind === 'write') return this.#unlessInvalidated(decision.write, current);
    return { write: touched(current as StoredEntry, live as EntryHeader, decision) };
  }

  /** A write that was invalidated since it began is not made: the marker may end before the entry would. */
  #unlessInvalidated(
    write: EntryWrite,
    current: StoredEntry | undefined,
  ): { readonly write: ReturnType<StoreChange> } | { readonly missing: Missing } {
    const { markers } = this.#parts;
    const tags = write.details?.tags ?? [];
    const unknown = markers.unknownTags(write.createdAt, tags);
    if (unknown.length > 0) return { missing: { tags: unknown } };
    if (markers.judge(write.createdAt, tags) === 'valid') return { write: this.#encode(write) };
    return { write: current === undefined ? 'keep' : 'delete' };
  }
}

/** Reads what stands, as far as the change needs it; the decision is asked for once it is known whether that is live. */
type Decide = (envelope: Uint8Array | undefined) => {
  readonly header: EntryHeader | undefined;
  readonly decision: (isLive: boolean) => EntryDecision;
};

/** What an invalidation is judged by. */
type Judged = Pick<Entry, 'createdAt' | 'tags'>;

/** What a change has to wait for: markers of tags, or the announcement of a life. */
type Missing = { readonly tags: readonly string[] } | { readonly life: Millis; readonly hasStaleWindow: boolean };

function touched(
  current: StoredEntry,
  entry: EntryHeader,
  { freshUntil, staleUntil }: Lifetime,
): ReturnType<StoreChange> {
  const bytes = withLifetime(current.bytes, freshUntil, staleUntil);
  if (bytes === undefined) return 'keep';
  return { bytes, expiresAt: staleUntil, version: current.version, indexes: entry.indexes };
}

function isTagged({ details }: EntryWrite): boolean {
  return details !== undefined && details.tags.length > 0;
}

function entryIn(received: ReceivedEntry | undefined): Entry | undefined {
  return received?.entry;
}

function headerOf(stored: StoredEntry | undefined): EntryHeader | undefined {
  return headerIn(stored?.bytes);
}

function headerIn(envelope: Uint8Array | undefined): EntryHeader | undefined {
  const decoded = envelope === undefined ? undefined : decodeEnvelope(envelope);
  return decoded?.ok === true ? decoded.header : undefined;
}

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
