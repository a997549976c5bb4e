import type { EntryHeader } from '../codecs/envelope.js';
import type { Store, StoreCall, StoreChange, StoredEntry } from '../contracts/store.js';
import type { EntryDecision, EntryWrite, Lifetime } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { isTagged, type StoreLiveness } from './store-liveness.js';
import type { StoreRecords } from './store-records.js';

/** Reads what stands, as far as the change needs it; the decision is asked for once it is known whether that is live. */
export type Decide = (envelope: Uint8Array | undefined) =>
  | {
      readonly header: EntryHeader | undefined;
      readonly decision: (isLive: boolean) => EntryDecision;
    }
  | { readonly waitFor: () => Promise<unknown> };

/** What a change has to wait for: markers of tags, the announcement of a life, a codec, or what makes its entry believed. */
type Missing =
  | { readonly tags: readonly string[] }
  | { readonly life: Millis; readonly hasStaleWindow: boolean }
  | { readonly waitFor: () => Promise<unknown> }
  | { readonly unprepared: EntryWrite };

export interface ChangeOptions {
  /** The write is of a call that is under way, not of one that waited for the store. */
  readonly isWrittenNow: boolean;
}

type Decided = { readonly write: ReturnType<StoreChange> } | { readonly missing: Missing };

/**
 * Atomic changes of one entry in a store. The decision is made inside the store's own step, where nothing else can be
 * read: if something is missing there, the step changes nothing, what is missing is fetched, and the step made again.
 */
export class StoreChanges {
  readonly #records: StoreRecords;
  readonly #liveness: StoreLiveness;

  constructor(records: StoreRecords, liveness: StoreLiveness) {
    this.#records = records;
    this.#liveness = liveness;
  }

  async run(
    key: string,
    decide: Decide,
    store: Store,
    call: StoreCall,
    { isWrittenNow }: ChangeOptions,
  ): Promise<StoredEntry | undefined> {
    const { markers } = this.#liveness;
    let wasLost = markers.isLost;
    await this.#liveness.readLedger(store, call);
    for (;;) {
      wasLost ||= markers.isLost;
      const dated = (write: EntryWrite) =>
        isWrittenNow && wasLost && !markers.isLost ? this.#liveness.afterFounding(write) : write;
      let missing: Missing | undefined;
      const change: StoreChange = (current) => {
        const decided = this.#decide(key, current, decide, dated, call.now);
        missing = 'missing' in decided ? decided.missing : undefined;
        return 'missing' in decided ? 'keep' : decided.write;
      };
      const stored = await store.modify(this.#records.physical(key), change, call);
      if (missing === undefined) return stored;
      if ('waitFor' in missing) await missing.waitFor();
      else if ('unprepared' in missing) await this.#liveness.prepare([[key, missing.unprepared]], store, call);
      else if ('life' in missing) await markers.announce(missing.life, missing.hasStaleWindow, store, call);
      else await this.#liveness.learn(missing.tags, store, call);
    }
  }

  /** Pure but for what it learns: the outcome, or what must be known, or told, before there can be one. */
  #decide(
    key: string,
    current: StoredEntry | undefined,
    decide: Decide,
    dated: (write: EntryWrite) => EntryWrite,
    now: Millis,
  ): Decided {
    const { markers } = this.#liveness;
    const decided = decide(current?.bytes);
    if ('waitFor' in decided) return { missing: decided };
    const { header, decision: decisionFor } = decided;
    const tags = header === undefined ? [] : markers.unknownTags(header.createdAt, header.tags);
    if (tags.length > 0) return { missing: { tags } };
    const isKnown = header !== undefined && !markers.isLost;
    const live = isKnown && this.#liveness.isLive(header, now) ? header : undefined;
    const decision = decisionFor(live !== undefined);
    if (decision.kind === 'keep' || decision.kind === 'delete') return { write: decision.kind };
    if (decision.kind === 'touch' && (current === undefined || live === undefined)) return { write: 'keep' };
    if (decision.kind === 'write' && this.#liveness.needsPreparation(decision.write)) {
      return { missing: { unprepared: decision.write } };
    }
    const { freshUntil, staleUntil } = decision.kind === 'write' ? decision.write : decision;
    const hasStaleWindow = staleUntil > freshUntil;
    const tagged = decision.kind === 'write' ? isTagged(decision.write) : (live?.tags.length ?? 0) > 0;
    const life = tagged ? staleUntil - now : 0;
    if ((tagged || hasStaleWindow) && !markers.isAnnounced(life, hasStaleWindow))
      return { missing: { life, hasStaleWindow } };
    if (decision.kind === 'write') return this.#unlessInvalidated(key, dated(decision.write), current);
    return { write: this.#touched(key, current as StoredEntry, live as EntryHeader, decision) };
  }

  /** A write that was invalidated since it began is not made: the marker may end before the entry would. */
  #unlessInvalidated(key: string, write: EntryWrite, current: StoredEntry | undefined): Decided {
    const { markers } = this.#liveness;
    const tags = write.details?.tags ?? [];
    const unknown = markers.unknownTags(write.createdAt, tags);
    if (unknown.length > 0) return { missing: { tags: unknown } };
    if (markers.judge(write.createdAt, tags) === 'valid') return { write: this.#records.encode(key, write) };
    return { write: current === undefined ? 'keep' : 'delete' };
  }

  #touched(
    key: string,
    current: StoredEntry,
    entry: EntryHeader,
    { freshUntil, staleUntil }: Lifetime,
  ): ReturnType<StoreChange> {
    const bytes = this.#records.withLifetime(key, current.bytes, freshUntil, staleUntil);
    if (bytes === undefined) return 'keep';
    return {
      bytes,
      expiresAt: staleUntil,
      version: current.version,
      indexes: entry.indexes,
      ...this.#records.noteOf(entry),
    };
  }
}
