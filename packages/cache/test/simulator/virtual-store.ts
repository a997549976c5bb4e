import { decodeEnvelope, openEntry } from '../../src/codecs/envelope.js';
import type { Store, StoreCall, StoreChange, StoredEntry } from '../../src/contracts/store.js';
import type { Millis } from '../../src/contracts/time.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { epoch, type VirtualTime } from './virtual-time.js';

/** What became of a place in the store. */
export interface PlaceChange {
  readonly place: string;
  readonly at: Millis;
  /** What stands there from now on; `undefined` for nothing. */
  readonly version: string | undefined;
  /** The version that had to stand there. */
  readonly guard?: string;
  readonly value?: unknown;
  /** Where it is the lease of a load: until when it keeps others from loading. */
  readonly leasedUntil?: Millis;
}

/** The back end that all processes share: does one thing at a time, and may stand still, forget all, or evict. */
export class VirtualStore {
  readonly changes: PlaceChange[] = [];
  readonly #time: VirtualTime;
  #records: Store;
  #frozen: (() => void)[] | undefined;
  /** Rises when it is started anew: what was under way is lost with its connection. */
  life = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#records = memoryMapStore();
  }

  /** Runs `work` as soon as the back end runs. */
  whenRunning(work: () => void): void {
    if (this.#frozen === undefined) work();
    else this.#frozen.push(work);
  }

  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const work of waiting) work();
  }

  restartEmpty(): void {
    this.life++;
    this.#records = memoryMapStore();
    this.thaw();
  }

  /** Removes one record, as a back end does that is short of space. */
  async evict(choose: (keys: readonly string[]) => string | undefined, now: Millis): Promise<void> {
    const { keys } = await this.#records.scan('', { limit: 1_000 }, { now });
    const key = choose(keys);
    if (key !== undefined) await this.remove([key], { now });
  }

  /** Keys of records without a value that others would take for a load under way. */
  async standingLeases(now: Millis): Promise<string[]> {
    const { keys } = await this.#records.scan('', { limit: 1_000 }, { now });
    const found = await this.#records.get(keys, { now });
    return keys.filter((_, at) => isLease(found[at]));
  }

  get reads(): Pick<Store, 'get' | 'scan' | 'byIndex' | 'prune'> {
    return this.#records;
  }

  async set(writes: Parameters<Store['set']>[0], call: StoreCall): ReturnType<Store['set']> {
    const answering = this.#records.set(writes, call);
    const at = this.#time.now;
    const answers = await answering;
    for (const [index, { key: place, version, condition, bytes }] of writes.entries()) {
      if (answers[index] === 'condition-failed') continue;
      const guard = condition !== undefined && 'version' in condition ? { guard: condition.version } : {};
      this.changes.push({ place, at, version, ...guard, ...contentOf(place, bytes) });
    }
    return answers;
  }

  async remove(keys: readonly string[], call: StoreCall): Promise<boolean[]> {
    const deleting = this.#records.delete(keys, call);
    const at = this.#time.now;
    const answers = await deleting;
    // Noted after the answer, as those of `set`: in the order in which they took effect.
    for (const place of keys) this.changes.push({ place, at, version: undefined });
    return answers;
  }

  /** Now and then asks twice, as if another writer had come first. */
  async modify(
    place: string,
    change: StoreChange,
    call: StoreCall,
    isAskedTwice: boolean,
  ): Promise<StoredEntry | undefined> {
    let decision: ReturnType<StoreChange> = 'keep';
    const decide: StoreChange = (current) => {
      if (isAskedTwice) change(undefined);
      decision = change(current);
      return decision;
    };
    const changing = this.#records.modify(place, decide, call);
    const at = this.#time.now;
    const stands = await changing;
    this.#note(place, at, decision);
    return stands;
  }

  #note(place: string, at: Millis, decision: ReturnType<StoreChange>): void {
    if (decision === 'keep') return;
    if (decision === 'delete') this.changes.push({ place, at, version: undefined });
    else this.changes.push({ place, at, version: decision.version, ...contentOf(place, decision.bytes) });
  }
}

function isLease(stored: StoredEntry | undefined): boolean {
  const decoded = stored && decodeEnvelope(stored.bytes);
  return decoded?.ok === true && decoded.encoded.format === 'none';
}

/** The records of invalidations, locks and counters are none of ours. */
function contentOf(place: string, bytes: Uint8Array): Pick<PlaceChange, 'value' | 'leasedUntil'> {
  if (!place.startsWith(':') && !place.startsWith('%')) return {};
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) return {};
  if (decoded.encoded.format === 'none') return { leasedUntil: decoded.header.staleUntil - epoch };
  const opened = openEntry(decoded.header, decoded.encoded, { freeze: false });
  return opened.ok ? { value: opened.entry.value } : {};
}
