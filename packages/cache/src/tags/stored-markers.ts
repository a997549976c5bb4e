import type { Entry, Version } from '../contracts/entry.js';
import type { Store, StoreCall, StoreChange, StoredEntry } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';
import {
  decodeLedger,
  decodeMarker,
  emptyLedger,
  encodeLedger,
  encodeMarker,
  type Ledger,
  tagInKey,
} from './marker-records.js';
import { higher, type Marker, type Markers, markerAt, noMarker, type Verdict } from './markers.js';
import { StandingTags } from './standing-tags.js';

export interface StoredMarkersParts {
  /** What the keys of this namespace's records begin with. */
  readonly prefix: string;
  readonly markers: Markers;
  /** A version that no other write has. */
  readonly nextVersion: () => Version;
  /** Keeps this process's stamps later than what it has seen of others'. */
  readonly witness: (time: Millis) => void;
  /** Another process cleared the namespace. */
  readonly clearedElsewhere: () => void;
  /** The store may evict the ledger and markers while entries live on: what is missing then counts as the worst. */
  readonly recordsMayVanish?: boolean;
}

/** A load may be under way whose entry nobody knows of yet: its marker lives at least as long. */
const shortestMarkerLife = 3_600_000;
const tagsKnownAtMost = 100_000;
/** Those of processes that go by one store's time; see docs/clocks.md. */
export const clocksDifferAtMost = 1_000;

/**
 * The invalidations of one namespace, in a store that other processes write as well: a ledger for the whole, and a
 * marker for each invalidated tag.
 *
 * Every read of entries brings the ledger along. It says when any tag was last invalidated, so that markers are read,
 * in one batch, only for entries that are older, and each at most once until the ledger says otherwise.
 */
export class StoredMarkers {
  readonly ledgerKey: string;
  readonly #parts: StoredMarkersParts;
  #ledger: Ledger = emptyLedger;
  /** Which tags were read, and the ledger's epoch when they were asked for. */
  readonly #known = new Map<string, number>();
  /** The epoch since which only this process has invalidated tags: what was read then still holds. */
  #knownSince = 0;
  /** The latest invalidation that another process may have made; of its own this one knows everything. */
  #foreignUpTo: Millis = 0;
  #foreignInvalidations = 0;
  readonly #recordsMayVanish: boolean;
  /** See {@link StoredMarkers.isLost}. */
  #isLost: boolean;
  readonly #standing = new StandingTags();

  constructor(parts: StoredMarkersParts) {
    this.#parts = parts;
    this.ledgerKey = parts.prefix;
    this.#recordsMayVanish = parts.recordsMayVanish === true;
    this.#isLost = this.#recordsMayVanish;
  }

  /**
   * The ledger was evicted, or never seen: what was invalidated is not known, and nothing that the store holds of this
   * namespace counts as live until it has a ledger again.
   */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** See {@link Markers.generation}. */
  get generation(): number {
    return this.#parts.markers.generation + this.#foreignInvalidations;
  }

  /** False as long as whatever the store holds of this namespace is live, as far as is known. */
  get needsJudgement(): boolean {
    return this.#ledger.clearedAt > 0 || this.#ledger.invalidatedAt > 0 || this.#ledger.holdsStale;
  }

  markerKey(tag: string): string {
    return this.#parts.prefix + tagInKey(tag);
  }

  /** Takes in what a read of the ledger brought. */
  absorbLedger(envelope: Uint8Array | undefined): void {
    this.#isLost = envelope === undefined && this.#recordsMayVanish;
    if (this.#isLost) {
      this.#standing.forgetAll();
      return;
    }
    const read = decodeLedger(envelope);
    const { clearedAt, epoch, invalidatedAt } = this.#ledger;
    // Times only rise; of the rest the store is believed, because one that lost its records must be told again.
    this.#ledger = {
      ...read,
      clearedAt: Math.max(clearedAt, read.clearedAt),
      invalidatedAt: Math.max(invalidatedAt, read.invalidatedAt),
    };
    // A store that lost the ledger counts anew, and may have come to the same number.
    if (read.epoch !== epoch || read.invalidatedAt > invalidatedAt) {
      this.#knownSince = read.epoch;
      this.#foreignUpTo = this.#ledger.invalidatedAt;
      this.#known.clear();
      this.#foreignInvalidations++;
    }
    this.#parts.witness(Math.max(read.clearedAt, read.invalidatedAt));
    if (read.clearedAt > clearedAt) {
      this.#foreignInvalidations++;
      this.#parts.clearedElsewhere();
    }
  }

  /** Those of `tags` whose markers must be read before an entry can be judged. */
  unknownTags(createdAt: Millis, tags: readonly string[]): string[] {
    if (tags.length === 0 || createdAt > this.#foreignUpTo) return [];
    return tags.filter((tag) => (this.#known.get(tag) ?? -1) < this.#knownSince);
  }

  /** To be noted before markers are asked for. */
  get epoch(): number {
    return this.#ledger.epoch;
  }

  /** Takes in the markers of `tags`, which were asked for at `epoch`. */
  absorbMarkers(tags: readonly string[], envelopes: readonly (Uint8Array | undefined)[], epoch: number): void {
    if (this.#known.size > tagsKnownAtMost) this.#known.clear();
    for (const [at, tag] of tags.entries()) {
      if (envelopes[at] === undefined) this.#standing.forget(tag);
      const marker = this.#markerIn(envelopes[at]);
      this.#parts.markers.raise(tag, marker);
      this.#parts.witness(Math.max(marker.expiredAt, marker.removedAt));
      this.#known.set(tag, epoch);
    }
  }

  /** For entries of the store, whose tags are known. */
  judge(createdAt: Millis, tags: readonly string[]): Verdict {
    return createdAt <= this.#ledger.clearedAt ? 'removed' : this.#parts.markers.judge(createdAt, tags);
  }

  /**
   * For what was loaded: may one of its tags have been invalidated since the load began? Clocks of processes agree to
   * some milliseconds at best, so whatever became known since then counts, also if it claims to be a little older.
   */
  mayBeOvertaken({ createdAt, tags }: Pick<Entry, 'createdAt' | 'tags'>, generationAtStart: number): boolean {
    return this.#parts.markers.isRaisedSince(generationAtStart, createdAt - clocksDifferAtMost, tags);
  }

  /** See {@link Markers.invalidatedAt}; a clear counts for every entry. */
  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined {
    const { clearedAt } = this.#ledger;
    const invalidatedAt = this.#parts.markers.invalidatedAt(createdAt, tags);
    return createdAt <= clearedAt ? Math.max(clearedAt, invalidatedAt ?? 0) : invalidatedAt;
  }

  /** For rows in memory: one whose tags must be read first is not there, and then the store is asked. */
  judgeRow(createdAt: Millis, tags: readonly string[]): Verdict {
    return this.unknownTags(createdAt, tags).length > 0 ? 'removed' : this.judge(createdAt, tags);
  }

  /** Is this life, and a stale window if there is one, known to those who will write markers? */
  isAnnounced(life: Millis, hasStaleWindow: boolean): boolean {
    return life <= this.#ledger.longestLife && (this.#ledger.holdsStale || !hasStaleWindow);
  }

  /** Must be over before an entry with this life is written. Announces more than that, so as to be needed seldom. */
  async announce(life: Millis, hasStaleWindow: boolean, store: Store, call: StoreCall): Promise<void> {
    // The logarithm of a number just above a power of two is that power.
    const rounded = Number.isFinite(life) && life > 0 ? Math.max(life, 2 ** Math.ceil(Math.log2(life))) : life;
    await this.#changeLedger(store, call, (ledger) => ({
      ...ledger,
      longestLife: Math.max(ledger.longestLife, rounded),
      holdsStale: ledger.holdsStale || hasStaleWindow,
    }));
  }

  /**
   * Begins a ledger where there is none. Whatever was invalidated up to then is forgotten, so everything up to then is
   * gone: a reader says now, and a writer the time just before its own entry, which would be gone at once otherwise.
   */
  async found(clearedAt: Millis, store: Store, call: StoreCall): Promise<void> {
    await this.#changeLedger(store, call, (ledger) => ledger, clearedAt);
  }

  /** Those of `tags` whose markers may be missing at `until`. Only where a missing one would count as raised. */
  tagsToStand(tags: readonly string[], until: Millis): string[] {
    return this.#recordsMayVanish ? this.#standing.missing(tags, until) : [];
  }

  /**
   * Gives each of `tags` a marker, so that a missing one says that it was evicted, and not that its tag was never
   * invalidated. Must be over before an entry with these tags is written; the ledger is read first.
   */
  async makeStand(tags: readonly string[], until: Millis, store: Store, call: StoreCall): Promise<void> {
    this.absorbLedger((await store.get([this.ledgerKey], call))[0]?.bytes);
    const end = Math.max(until, call.now + shortestMarkerLife, call.now + 2 * this.#ledger.longestLife);
    await this.#raiseMarkers(new Map(tags.map((tag) => [tag, noMarker])), end, store, call);
    this.#standing.add(tags, end);
  }

  /** What this process has to know at once, before the store does. */
  raiseHere(tags: readonly string[], marker: Marker): void {
    for (const tag of tags) this.#parts.markers.raise(tag, marker);
  }

  /** Another process has cleared the namespace, and told so before the ledger was read. */
  heardOfClear(time: Millis): void {
    if (time <= this.#ledger.clearedAt) return;
    this.#ledger = { ...this.#ledger, clearedAt: time };
    this.#foreignInvalidations++;
  }

  /**
   * Markers first, the ledger after them: a reader who learns from the ledger that it must look finds them. They live
   * as long as the ledger says that tagged entries do; if that grew meanwhile, they are written once more.
   */
  async raiseInStore(raised: ReadonlyMap<string, Marker>, store: Store, call: StoreCall): Promise<void> {
    this.absorbLedger((await store.get([this.ledgerKey], call))[0]?.bytes);
    let time = 0;
    for (const { expiredAt, removedAt } of raised.values()) time = Math.max(time, expiredAt, removedAt);
    let life: Millis;
    do {
      life = this.#ledger.longestLife;
      await this.#raiseMarkers(raised, call.now + Math.max(life, shortestMarkerLife), store, call);
      await this.#changeLedger(store, call, (ledger) => ({
        ...ledger,
        epoch: ledger.epoch + 1,
        invalidatedAt: Math.max(ledger.invalidatedAt, time),
      }));
    } while (this.#ledger.longestLife > life);
  }

  async clear(time: Millis, store: Store, call: StoreCall): Promise<void> {
    await this.#changeLedger(store, call, (ledger) => ({ ...ledger, clearedAt: Math.max(ledger.clearedAt, time) }));
  }

  /** Set if greater, atomically: two processes that invalidate at once leave the later time. */
  async #raiseMarkers(
    raised: ReadonlyMap<string, Marker>,
    expiresAt: Millis,
    store: Store,
    call: StoreCall,
  ): Promise<void> {
    const changeTo = (marker: Marker): StoreChange => {
      return (current) => {
        const end = Math.max(current?.expiresAt ?? 0, expiresAt);
        return encodeMarker(higher(this.#markerIn(current?.bytes), marker), end, this.#parts.nextVersion());
      };
    };
    await Promise.all([...raised].map(([tag, marker]) => store.modify(this.markerKey(tag), changeTo(marker), call)));
  }

  /** A marker that was evicted was at most as late as the last invalidation of all, of which the ledger knows. */
  #markerIn(envelope: Uint8Array | undefined): Marker {
    if (envelope !== undefined || !this.#recordsMayVanish) return decodeMarker(envelope);
    return markerAt(this.#ledger.invalidatedAt, true);
  }

  /** What stood there before may be news of other processes; what this process makes of it is none. */
  async #changeLedger(
    store: Store,
    call: StoreCall,
    change: (ledger: Ledger) => Ledger,
    foundAt: Millis = call.now,
  ): Promise<void> {
    let before: StoredEntry | undefined;
    const stored = await store.modify(
      this.ledgerKey,
      (current) => {
        before = current;
        const ledger = current === undefined ? this.#newLedger(foundAt) : decodeLedger(current.bytes);
        const changed = change(ledger);
        return changed === ledger && current !== undefined ? 'keep' : encodeLedger(changed, this.#parts.nextVersion());
      },
      call,
    );
    this.absorbLedger(before?.bytes);
    if (this.#isLost) {
      this.absorbLedger(stored?.bytes);
      return;
    }
    const { clearedAt, invalidatedAt } = this.#ledger;
    const after = decodeLedger(stored?.bytes);
    this.#ledger = {
      ...after,
      clearedAt: Math.max(clearedAt, after.clearedAt),
      invalidatedAt: Math.max(invalidatedAt, after.invalidatedAt),
    };
  }

  #newLedger(foundAt: Millis): Ledger {
    if (!this.#recordsMayVanish) return emptyLedger;
    const { clearedAt, invalidatedAt } = this.#ledger;
    return { ...emptyLedger, clearedAt: Math.max(clearedAt, foundAt), invalidatedAt };
  }
}
