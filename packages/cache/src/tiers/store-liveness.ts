import { decodeEnvelope, type EntryHeader } from '../codecs/envelope.js';
import type { Entry } from '../contracts/entry.js';
import type { Store, StoreCall, StoredEntry } from '../contracts/store.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { clocksDifferAtMost, type StoredMarkers } from '../tags/stored-markers.js';
import type { GuardedWrite, ReceivedEntry, StoreRecords } from './store-records.js';

/** What an invalidation is judged by. */
export type Judged = Pick<Entry, 'createdAt' | 'tags'>;

/** Which entries of a namespace in a store are live: reads them together with what says so. */
export class StoreLiveness {
  readonly markers: StoredMarkers;
  readonly #records: StoreRecords;

  constructor(records: StoreRecords, markers: StoredMarkers) {
    this.#records = records;
    this.markers = markers;
  }

  /** Entries, and the ledger by which they are judged, in one call. */
  async read(keys: readonly string[], store: Store, call: StoreCall): Promise<(StoredEntry | undefined)[]> {
    const { markers } = this;
    const wanted = new Array<string>(keys.length + 1);
    for (let at = 0; at < keys.length; at++) wanted[at] = this.#records.physical(keys[at] as string);
    wanted[keys.length] = markers.ledgerKey;
    const found = await store.get(wanted, call);
    markers.absorbLedger(found.pop()?.bytes);
    if (!markers.isLost) return found;
    await markers.found(call.now, store, call);
    return keys.map(() => undefined);
  }

  async readLedger(store: Store, call: StoreCall): Promise<void> {
    const { markers } = this;
    const now = store.getNow === undefined ? 'later' : store.getNow(markers.ledgerKey, call);
    markers.absorbLedger(now === 'later' ? (await store.get([markers.ledgerKey], call))[0]?.bytes : now);
  }

  /** One batch for all markers that are needed to judge these entries; `undefined` where none is. */
  learnTags(entries: readonly (Judged | undefined)[], store: Store, call: StoreCall): Promise<void> | undefined {
    let unknown: Set<string> | undefined;
    for (const entry of entries) {
      if (entry === undefined || entry.tags.length === 0) continue;
      unknown ??= new Set();
      for (const tag of this.markers.unknownTags(entry.createdAt, entry.tags)) unknown.add(tag);
    }
    return unknown === undefined || unknown.size === 0 ? undefined : this.learn([...unknown], store, call);
  }

  async learn(tags: readonly string[], store: Store, call: StoreCall): Promise<void> {
    const { markers } = this;
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
  judged(received: ReceivedEntry | undefined, now: Millis): ReceivedEntry | undefined {
    if (received === undefined) return undefined;
    const verdict = this.markers.judge(received.createdAt, received.tags);
    if (verdict === 'valid') return received;
    if (verdict === 'removed') return undefined;
    // A stamp can be ahead of the clock, and the entry is stale now.
    return received.withFreshUntil(Math.min(received.freshUntil, verdict.staleSince, now));
  }

  isLive(entry: Judged & { readonly freshUntil: Millis }, now: Millis): boolean {
    return now < entry.freshUntil && this.markers.judge(entry.createdAt, entry.tags) === 'valid';
  }

  async live(keys: readonly string[], store: Store, call: StoreCall): Promise<boolean[]> {
    const headers = (await this.read(keys, store, call)).map(headerOf);
    await this.learnTags(headers, store, call);
    return headers.map((header) => header !== undefined && this.isLive(header, call.now));
  }

  /** The logical keys of those whose entries are live. What was never invalidated needs no look. */
  async onlyLive(physical: readonly string[], store: Store, call: StoreCall): Promise<string[]> {
    const keys = physical.map(this.#records.logical);
    await this.readLedger(store, call);
    if (keys.length === 0 || !this.markers.needsJudgement) return keys;
    const live = await this.live(keys, store, call);
    return keys.filter((_, at) => live[at]);
  }

  /** Answers whether there was something to tell. */
  async announce(writes: readonly GuardedWrite[], store: Store, call: StoreCall): Promise<boolean> {
    const { markers } = this;
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

  needsPreparation({ staleUntil, details }: EntryWrite): boolean {
    return this.markers.isLost || this.markers.tagsToStand(details?.tags ?? [], staleUntil).length > 0;
  }

  /**
   * For a write that began before this process had seen the ledger, which somebody else began meanwhile. That hides it, as a
   * clear does, and nobody has asked for one; it is under way, so it may as well have begun after that.
   */
  afterFounding(write: EntryWrite): EntryWrite {
    return this.markers.judge(write.createdAt, []) === 'removed' ? this.#records.redated(write) : write;
  }

  /** Makes sure that what is about to be written can be believed later on; answers it as it counts after that. */
  async prepare(writes: readonly GuardedWrite[], store: Store, call: StoreCall): Promise<readonly GuardedWrite[]> {
    const { markers } = this;
    const wasLost = markers.isLost;
    if (wasLost) {
      const first = writes.reduce((earliest, [, { createdAt }]) => Math.min(earliest, createdAt), call.now);
      await markers.found(first - 1, store, call);
    }
    const until = writes.reduce((latest, [, { staleUntil }]) => Math.max(latest, staleUntil), 0);
    const tags = new Set(writes.flatMap(([, { details }]) => details?.tags ?? []));
    const missing = tags.size === 0 ? [] : markers.tagsToStand([...tags], until);
    if (missing.length > 0) await markers.makeStand(missing, until, store, call);
    return wasLost ? writes.map(([key, write, ...guard]) => [key, this.afterFounding(write), ...guard]) : writes;
  }

  async notInvalidated<Write extends GuardedWrite>(
    writes: readonly Write[],
    store: Store,
    call: StoreCall,
  ): Promise<Write[]> {
    const { markers } = this;
    if (!writes.some(([, write]) => isTagged(write))) return [...writes];
    const judged = writes.map(([, { createdAt, details }]): Judged => ({ createdAt, tags: details?.tags ?? [] }));
    await this.readLedger(store, call);
    if (markers.isLost) await markers.found(call.now, store, call);
    await this.learnTags(judged.map(earlier), store, call);
    return writes.filter(([, , guard], at) => {
      const { createdAt, tags } = judged[at] as Judged;
      if (guard !== undefined && markers.mayBeOvertaken({ createdAt, tags }, guard.generation)) return false;
      return markers.judge(createdAt, tags) === 'valid';
    });
  }
}

/** So that markers are looked at which claim to be a little older, too. */
function earlier({ createdAt, tags }: Judged): Judged {
  return { createdAt: createdAt - clocksDifferAtMost, tags };
}

export function isTagged({ details }: EntryWrite): boolean {
  return details !== undefined && details.tags.length > 0;
}

export function headerOf(stored: StoredEntry | undefined): EntryHeader | undefined {
  return headerIn(stored?.bytes);
}

export function headerIn(envelope: Uint8Array | undefined): EntryHeader | undefined {
  const decoded = envelope === undefined ? undefined : decodeEnvelope(envelope);
  return decoded?.ok === true ? decoded.header : undefined;
}
