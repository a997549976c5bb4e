import { decodeEnvelope, encodeEnvelope } from '../codecs/envelope.js';
import type { Version } from '../contracts/entry.js';
import type { SeenInStore } from '../contracts/lease.js';
import type { Store, StoreCall, StoreChange, StoreWrite } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';
import type { StoreLiveness } from './store-liveness.js';
import type { StoreRecords } from './store-records.js';

/** Who wants to load a key, and what is known of it. */
export interface LeaseWish {
  readonly key: string;
  /** No other wish has it, and no entry. */
  readonly token: Version;
  /** The stamp of the load's start. */
  readonly startedAt: Millis;
  readonly seen: SeenInStore;
  /** Loads whatever stands there, and whoever else loads. */
  readonly isForced: boolean;
}

export type LeaseOutcome =
  | { readonly kind: 'held'; readonly lease: HeldLease }
  /** Somebody else loads, until then at the longest unless they extend it. */
  | { readonly kind: 'taken'; readonly until: Millis }
  /** Somebody else has loaded. */
  | { readonly kind: 'found' };

export interface HeldLease {
  readonly token: Version;
  readonly startedAt: Millis;
  /** The physical key of its record; none for a load that keeps nobody from loading. */
  readonly place: string | undefined;
  /** What is loaded may be stored as long as this version stands in the key's place. */
  readonly guard: Version;
}

type Standing =
  | { readonly kind: 'lease'; readonly version: Version; readonly until: Millis }
  | { readonly kind: 'dead'; readonly version: Version }
  | { readonly kind: 'entry'; readonly version: Version; readonly isFresh: boolean };

const attemptsAtMost = 4;
/** Somebody writes the key all the time: it is looked at again after so long. */
const shortPause = 25;

/**
 * Leases of loads. On a key where nothing stands, the lease is a record without a value in the key's own place: whoever
 * writes or deletes the key takes the place away, and the load, which may only be stored where its own record stands,
 * comes to nothing. So no second key has to be looked at in the same atomic step, and every store can do it.
 *
 * Beside an entry that is to be renewed the record has a place of its own, and the load may only be stored where the
 * entry's version stands.
 */
export class LoadLeaseRecords {
  readonly #records: StoreRecords;
  readonly #liveness: StoreLiveness;
  /** What the physical keys of leases beside entries begin with. */
  readonly #prefix: string;
  readonly #life: Millis;

  constructor(records: StoreRecords, liveness: StoreLiveness, prefix: string, life: Millis) {
    this.#records = records;
    this.#liveness = liveness;
    this.#prefix = prefix;
    this.#life = life;
  }

  /** Those who have seen nothing try at once, all in one call; the others look first. */
  async takeAll(wishes: readonly LeaseWish[], store: Store, call: StoreCall): Promise<LeaseOutcome[]> {
    const { markers } = this.#liveness;
    // Whoever lists or deletes has to look at what stands: the record of a lease is no entry.
    if (!markers.isAnnounced(0, true)) await markers.announce(0, true, store, call);
    const hopeful = wishes.filter(({ seen }) => seen === 'nothing');
    const answers =
      hopeful.length === 0
        ? []
        : await store.set(
            hopeful.map((wish) => this.#placeOf(wish, call)),
            call,
          );
    const isTaken = new Set(hopeful.filter((_, at) => answers[at] !== 'condition-failed'));
    return Promise.all(
      wishes.map((wish) =>
        isTaken.has(wish) ? heldAt(this.#records.physical(wish.key), wish) : this.#look(wish, store, call),
      ),
    );
  }

  /** False if it was lost: its place is somebody else's, or has ended. */
  async extend({ token, startedAt, place }: HeldLease, store: Store, call: StoreCall): Promise<boolean> {
    if (place === undefined) return true;
    const longer: StoreChange = (current) =>
      current?.version === token ? this.#record(token, startedAt, call.now + this.#life) : 'keep';
    return (await store.modify(place, longer, call))?.version === token;
  }

  async release({ token, place }: HeldLease, store: Store, call: StoreCall): Promise<void> {
    if (place === undefined) return;
    await store.modify(place, (current) => (current?.version === token ? 'delete' : 'keep'), call);
  }

  async #look(wish: LeaseWish, store: Store, call: StoreCall): Promise<LeaseOutcome> {
    for (let attempt = 0; attempt < attemptsAtMost; attempt++) {
      const outcome = await this.#tryWhere(await this.#standing(wish.key, store, call), wish, store, call);
      if (outcome !== undefined) return outcome;
    }
    return { kind: 'taken', until: call.now + shortPause };
  }

  /** `undefined` where the key was written meanwhile. */
  async #tryWhere(
    standing: Standing | undefined,
    wish: LeaseWish,
    store: Store,
    call: StoreCall,
  ): Promise<LeaseOutcome | undefined> {
    if (standing?.kind === 'entry') return this.#tryBeside(standing, wish, store, call);
    if (standing?.kind === 'lease' && !wish.isForced) return { kind: 'taken', until: standing.until };
    const [answer] = await store.set([this.#placeOf(wish, call, standing?.version)], call);
    return answer === 'condition-failed' ? undefined : heldAt(this.#records.physical(wish.key), wish);
  }

  async #tryBeside(
    { version, isFresh }: Standing & { kind: 'entry' },
    wish: LeaseWish,
    store: Store,
    call: StoreCall,
  ): Promise<LeaseOutcome | undefined> {
    const { token, startedAt, isForced } = wish;
    if (isForced) return { kind: 'held', lease: { token, startedAt, place: undefined, guard: version } };
    if (isFresh && !isSeen(wish.seen, version)) return { kind: 'found' };
    const place = this.#prefix + wish.key;
    const record = { key: place, ...this.#record(token, startedAt, call.now + this.#life) };
    const [answer] = await store.set([{ ...record, condition: { absent: true } }], call);
    if (answer === 'condition-failed') {
      const [other] = await store.get([place], call);
      return other === undefined ? undefined : { kind: 'taken', until: other.expiresAt };
    }
    // (1) We look and see an old entry, (2) who holds the lease stores a new one and lets go, (3) we take the lease.
    const now = await this.#standing(wish.key, store, call);
    const lease = { token, startedAt, place, guard: version };
    if (now?.kind === 'entry' && now.version === version) return { kind: 'held', lease };
    await this.release(lease, store, call);
    return undefined;
  }

  async #standing(key: string, store: Store, call: StoreCall): Promise<Standing | undefined> {
    const [stored] = await this.#liveness.read([key], store, call);
    if (stored === undefined) return undefined;
    const { version, expiresAt } = stored;
    const decoded = decodeEnvelope(stored.bytes);
    if (!decoded.ok) return { kind: 'dead', version };
    if (decoded.encoded.format === 'none') return { kind: 'lease', version, until: expiresAt };
    const { header } = decoded;
    await this.#liveness.learnTags([header], store, call);
    const verdict = this.#liveness.markers.judge(header.createdAt, header.tags);
    if (verdict === 'removed') return { kind: 'dead', version };
    return { kind: 'entry', version, isFresh: verdict === 'valid' && call.now < header.freshUntil };
  }

  /** In the key's own place, if nothing stands there, or only what has this version. */
  #placeOf({ key, token, startedAt }: LeaseWish, call: StoreCall, instead?: Version): StoreWrite {
    const condition = instead === undefined ? ({ absent: true } as const) : { version: instead };
    return {
      key: this.#records.physical(key),
      ...this.#record(token, startedAt, call.now + this.#life),
      condition,
    };
  }

  #record(version: Version, createdAt: Millis, until: Millis): Omit<StoreWrite, 'key' | 'condition'> {
    const times = { createdAt, freshUntil: 0, staleUntil: until };
    const bytes = encodeEnvelope({ version, tags: [], indexes: {}, ...times }, { format: 'none', payload: '' });
    return { bytes, expiresAt: until, version, indexes: {} };
  }
}

function isSeen(seen: SeenInStore, version: Version): boolean {
  return typeof seen === 'object' && seen.version === version;
}

function heldAt(place: string, { token, startedAt }: LeaseWish): LeaseOutcome {
  return { kind: 'held', lease: { token, startedAt, place, guard: token } };
}
