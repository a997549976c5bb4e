import { randomBytes } from 'node:crypto';
import type { Leases } from '../contracts/lease.js';
import type { ExpiredPage, Store, StoreCall } from '../contracts/store.js';
import type { TierResult } from '../contracts/tier.js';
import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { displayNameOf } from '../keys/namespace.js';
import { type Ending, survived } from './survived.js';

export interface SweeperParts {
  /** What the physical keys begin with whose ends are told. */
  readonly prefix: string;
  readonly leases: Leases;
  readonly call: <T>(work: (store: Store, call: StoreCall) => Promise<T>) => Promise<TierResult<T>>;
  readonly clock: Clock;
  /** Nobody listens: another process shall tell, or the news wait. */
  readonly isWanted: () => boolean;
  readonly tell: (namespace: string, key: string) => void;
  readonly failed: (error: Error) => void;
  /** What `close()` of the cache waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

/** How often it is looked for what has expired, and whether somebody listens. */
const pace: Millis = 1_000;
/** Between two looks where there was more than one takes. */
const shortPause: Millis = 10;
/** How long the others wait for a sweeper that died. */
const leaseLife: Millis = 5_000;
const toldPerPass = 1_000;
/** Where none of what a page holds is this cache's. */
const pagesPerPass = 10;

const leaseName = 'sweep';

/**
 * Tells of entries of the store that have expired: in one process, the one with the lease, and at least once each, since
 * the store forgets them only when they were told. If a sweeper dies in between, the next one tells them again.
 */
export class Sweeper {
  readonly #parts: SweeperParts;
  readonly #holder = randomBytes(12).toString('base64url');
  #cancel: Cancel = () => {};
  #pass: Promise<void> = Promise.resolve();
  #heldUntil: Millis = 0;
  /** Where the next pass goes on, so that however much of others stands before what is this cache's, it gets there. */
  #cursor: string | undefined;
  #isClosed = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#next(pace);
  }

  /** Another process may go on at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#pass;
    await this.#letGo();
  }

  #next(delay: Millis): void {
    if (this.#isClosed) return;
    this.#cancel = this.#parts.clock.schedule(() => {
      this.#pass = this.#sweep().then(
        (pause) => this.#next(pause),
        (error) => {
          this.#parts.failed(error);
          this.#next(leaseLife);
        },
      );
      this.#parts.background(this.#pass);
    }, delay);
  }

  /** Answers how long to wait for the next time. */
  async #sweep(): Promise<Millis> {
    if (!this.#parts.isWanted()) {
      await this.#letGo();
      return pace;
    }
    const pause = await this.#takeTurn();
    if (pause !== undefined) return pause;
    return (await this.#tellAll()) ? shortPause : pace;
  }

  /** Has or extends the lease; otherwise answers when to try again. */
  async #takeTurn(): Promise<Millis | undefined> {
    const { leases, clock } = this.#parts;
    if (clock.now() < this.#heldUntil - leaseLife / 2) return undefined;
    const lease = await leases.take(leaseName, this.#holder, leaseLife);
    this.#heldUntil = lease.isHeld ? lease.until : 0;
    if (lease.isHeld) return undefined;
    // When the other one must have extended it, and a little later than that.
    return Math.min(Math.max(lease.until - clock.now() + shortPause, pace), leaseLife);
  }

  async #letGo(): Promise<void> {
    if (this.#heldUntil === 0) return;
    this.#heldUntil = 0;
    // It ends by itself.
    await this.#parts.leases.release(leaseName, this.#holder).catch(() => false);
  }

  /** Answers whether there is more. */
  async #tellAll(): Promise<boolean> {
    let cursor = this.#cursor;
    this.#cursor = undefined;
    let told = 0;
    for (let pages = 0; pages < pagesPerPass && told < toldPerPass; pages++) {
      if (this.#isClosed || this.#parts.clock.now() >= this.#heldUntil) return false;
      const page = await this.#ask((store, call) => this.#look(cursor, toldPerPass - told, store, call));
      for (const { prefix, key } of page.endings) this.#parts.tell(displayNameOf(prefix), key);
      if (page.expired.length > 0) {
        await this.#ask(async (store, call) => store.forgetExpired?.(page.expired, call));
        told += page.expired.length;
      }
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    this.#cursor = cursor;
    return cursor !== undefined;
  }

  async #look(
    cursor: string | undefined,
    limit: number,
    store: Store,
    call: StoreCall,
  ): Promise<ExpiredPage & { readonly endings: readonly Ending[] }> {
    const request = { prefix: this.#parts.prefix, limit, ...(cursor === undefined ? {} : { cursor }) };
    const page = (await store.expired?.(request, call)) ?? { expired: [] };
    return { ...page, endings: await survived(page.expired, store, call) };
  }

  async #ask<T>(work: (store: Store, call: StoreCall) => Promise<T>): Promise<T> {
    const result = await this.#parts.call(work);
    if (result.ok) return result.value;
    throw result.error;
  }
}
