import { type Cache, LockNotAcquiredError, type Millis } from '@larder/cache';
import { Problem } from '../../http/problem.js';
import type { ServiceClock } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import {
  figuresOf,
  hasRoomFor,
  isNoChange,
  isRecent,
  noChanges,
  nothingUntold,
  type StorageAccount,
  type StorageAmount,
  sumOfUntold,
  type UntoldChanges,
  withUntold,
} from './storage-account.js';
import type { StorageGuard } from './storage-guard.js';
import type { StorageRecords } from './storage-records.js';
import { sizeOf, takeCensus } from './take-census.js';

export interface StorageMeterParts {
  readonly tenant: Tenant;
  readonly records: StorageRecords;
  /** For the lock that one process at a time takes to count. */
  readonly shared: Cache;
  readonly clock: ServiceClock;
  readonly onRefusal: () => void;
  readonly onError: (error: unknown) => void;
}

/** What a tenant keeps, as told to it. */
export interface StorageUse {
  readonly entries: number;
  readonly bytes: number;
  readonly countedAt: Millis;
}

/** A write waits no longer for a census; then what is known must do. */
const longestWait = 2_000;
const pauseBetweenLooks = 100;

/** What one tenant keeps, as this process knows it, and whether there is room for more. */
export class StorageMeter implements StorageGuard {
  readonly #parts: StorageMeterParts;
  /** As all processes have told it, when this one last looked. */
  #account: StorageAccount | undefined;
  /** Not told yet. */
  #pending = nothingUntold;
  /** Being told. */
  #leaving = nothingUntold;
  #counting: Promise<void> | undefined;

  constructor(parts: StorageMeterParts) {
    this.#parts = parts;
  }

  async admit(key: string, valueBytes: number): Promise<void> {
    const size = sizeOf(key, valueBytes);
    if (this.#surelyHasRoomFor({ entries: 1, bytes: size })) return;
    await this.#decide(async () => {
      const current = await this.#parts.tenant.entries.get(key);
      if (current === undefined) return { entries: 1, bytes: size };
      return { entries: 0, bytes: size - sizeOf(key, current.byteLength) };
    });
  }

  async admitGrowth(bytes: number): Promise<void> {
    const growth = { entries: 0, bytes };
    if (!this.#surelyHasRoomFor(growth)) await this.#decide(async () => growth);
  }

  grew(bytes: number): void {
    this.#note({ ...nothingUntold, changes: { ...noChanges, overwrittenBytes: bytes } });
  }

  wrote(key: string, valueBytes: number, isNew: boolean): void {
    const size = sizeOf(key, valueBytes);
    const change = isNew ? { createdEntries: 1, createdBytes: size } : { overwrittenBytes: size };
    this.#note({ ...nothingUntold, changes: { ...noChanges, ...change } });
  }

  removing(): (keys: number, keyBytes: number) => void {
    const removingSince = this.#parts.clock.now();
    return (keys, keyBytes) =>
      this.#note({ removingSince, changes: { ...noChanges, removedEntries: keys, removedBytes: keyBytes } });
  }

  /** Tells the other processes what was written and deleted here. */
  async tell(): Promise<void> {
    if (isNoChange(this.#pending.changes) || this.#leaving !== nothingUntold) return;
    this.#leaving = this.#pending;
    this.#pending = nothingUntold;
    try {
      this.#account = await this.#parts.records.addChanges(this.#parts.tenant.id, this.#leaving);
    } catch (error) {
      this.#note(this.#leaving);
      this.#parts.onError(error);
    } finally {
      this.#leaving = nothingUntold;
    }
  }

  /** What the tenant keeps, counted within the last minute where it is not counted all the time. */
  async use(oldest: number): Promise<StorageUse | undefined> {
    const census = this.#account?.census;
    const isOld = census === undefined || census === null || this.#parts.clock.now() - census.finishedAt > oldest;
    if (isOld) await this.#countWithin(longestWait);
    const figures = this.#figures();
    const counted = this.#account?.census;
    if (figures === undefined || !counted) return undefined;
    return { entries: figures.entries, bytes: figures.bytes, countedAt: counted.finishedAt };
  }

  #figures() {
    if (this.#account === undefined) return undefined;
    return figuresOf(withUntold(this.#account, sumOfUntold(this.#pending, this.#leaving)));
  }

  #surelyHasRoomFor(growth: StorageAmount): boolean {
    const bound = this.#figures();
    return bound !== undefined && hasRoomFor(this.#parts.tenant.limits, bound, growth);
  }

  async #decide(growthOf: () => Promise<StorageAmount>): Promise<void> {
    await this.#countWithin(longestWait);
    const known = this.#figures();
    // What cannot be counted cannot be refused.
    if (known === undefined) return;
    const kept = { entries: known.entries, bytes: known.firmBytes };
    if (hasRoomFor(this.#parts.tenant.limits, kept, await growthOf())) return;
    this.#parts.onRefusal();
    throw new Problem('storage_quota', fullDetail, { 'Retry-After': '5' });
  }

  #note(untold: UntoldChanges): void {
    this.#pending = sumOfUntold(this.#pending, untold);
  }

  async #countWithin(milliseconds: number): Promise<void> {
    this.#counting ??= this.#count()
      .catch(this.#parts.onError)
      .finally(() => {
        this.#counting = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.#counting, deadline]);
    clearTimeout(timer);
  }

  /** Has one process count, unless one has just done so, and learns what it found. */
  async #count(): Promise<void> {
    const { clock, records, shared, tenant } = this.#parts;
    const giveUpAt = clock.now() + longestWait;
    for (;;) {
      this.#account = await records.get(tenant.id);
      const census = this.#account?.census;
      if (census && isRecent(census, clock.now())) return;
      try {
        await shared.lock(`census/${tenant.id}`, { ttl: '10s', wait: '0ms' }, ({ signal }) => this.#takeCensus(signal));
        return;
      } catch (error) {
        if (!(error instanceof LockNotAcquiredError)) throw error;
        if (clock.now() >= giveUpAt) return;
        await new Promise((resolve) => setTimeout(resolve, pauseBetweenLooks));
      }
    }
  }

  async #takeCensus(signal: AbortSignal): Promise<void> {
    const { clock, records, tenant } = this.#parts;
    await this.tell();
    const before = (await records.get(tenant.id))?.changes ?? noChanges;
    const startedAt = clock.now();
    const count = await takeCensus(tenant.entries, signal);
    const finishedAt = clock.now();
    const counted = { ...count, finishedAt, tookMillis: finishedAt - startedAt };
    this.#account = await records.addCensus(tenant.id, counted, before);
  }
}

const fullDetail =
  'The tenant keeps as much as it may. Reads, deletes and new lives go on; delete something, or have the quota raised.';
