import type { Entry } from '../contracts/entry.js';
import type { Found, ReadToken, TakeFound } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { newer } from './found.js';
import { type Decoded, isLate, type ReceivedEntry } from './store-records.js';
import type { Waiter } from './tick-batch.js';

/** What an answer of the store comes to. */
export interface ReadAnswers {
  /** What tells whether memory may be filled; `undefined` where there is none to fill. */
  beginFill(key: string): ReadToken | undefined;
  /** What waits for the store is newer than what it has; to be asked before the store is, and it may wait no more then. */
  hiddenUpTo(key: string): Millis;
  answered(key: string, received: ReceivedEntry | undefined, mayFill: boolean, hiddenUpTo: Millis): Found | undefined;
  /** @throws the error of the store where it is to be thrown */
  failed(key: string, inMemory: Entry | undefined, error: Error): Found | undefined;
}

/** One read on its way: from the answer to its batch to the caller's own promise in one step, and without another. */
export class PendingRead<T> implements Waiter<Decoded> {
  readonly #reads: ReadAnswers;
  readonly #key: string;
  readonly #inMemory: Entry | undefined;
  readonly #take: TakeFound<T>;
  readonly #resolve: (taken: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #token: ReadToken | undefined;
  readonly #hiddenUpTo: Millis;

  constructor(
    reads: ReadAnswers,
    key: string,
    inMemory: Entry | undefined,
    take: TakeFound<T>,
    resolve: (taken: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#reads = reads;
    this.#key = key;
    this.#inMemory = inMemory;
    this.#take = take;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#token = reads.beginFill(key);
    this.#hiddenUpTo = reads.hiddenUpTo(key);
  }

  answered(decoded: Decoded): void {
    if (!isLate(decoded)) this.#received(decoded);
    else decoded.finish().then((received) => this.#received(received));
  }

  failed(error: Error): void {
    try {
      this.#resolve(this.#take(this.#key, this.#reads.failed(this.#key, this.#inMemory, error)));
    } catch (thrown) {
      this.#reject(thrown);
    } finally {
      this.#token?.end();
    }
  }

  #received(received: ReceivedEntry | undefined): void {
    try {
      const mayFill = this.#token?.isCurrent() === true;
      const found = newer(this.#inMemory, this.#reads.answered(this.#key, received, mayFill, this.#hiddenUpTo));
      this.#resolve(this.#take(this.#key, found));
    } catch (thrown) {
      this.#reject(thrown);
    } finally {
      this.#token?.end();
    }
  }
}
