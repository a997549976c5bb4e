import type { WriteResult } from '../contracts/store.js';
import type { EntryWrite, TakeWritten } from '../contracts/tier.js';
import { missed } from './missed-writes.js';
import type { GuardedWrite } from './store-records.js';
import type { StoreWritesParts } from './store-writes-parts.js';
import type { TickBatch, Waiter } from './tick-batch.js';
import type { OpenKey } from './write-fence.js';
import type { Turn } from './write-order.js';

/**
 * One plain write on its way, under the fence and in its turn: from the answer to its batch to the caller's own promise in
 * one step, and without another.
 */
export class PendingWrite<T> implements Waiter<WriteResult> {
  readonly #parts: StoreWritesParts;
  readonly #key: string;
  readonly #write: EntryWrite;
  readonly #take: TakeWritten<T>;
  readonly #resolve: (taken: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #opened: OpenKey;
  readonly #turn: Turn;

  constructor(
    parts: StoreWritesParts,
    key: string,
    write: EntryWrite,
    take: TakeWritten<T>,
    resolve: (taken: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#parts = parts;
    this.#key = key;
    this.#write = write;
    this.#take = take;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#opened = parts.fence.openKey(key);
    this.#turn = parts.order.enter([key]);
  }

  leaveBy(batch: TickBatch<GuardedWrite, WriteResult>): void {
    const leave = () => batch.askFor([this.#key, this.#write], this);
    if (this.#turn.waits) void this.#turn.begun().then(leave);
    else leave();
  }

  answered(result: WriteResult): void {
    try {
      this.#parts.recovery.reachedSets([[this.#key, this.#write]], [result]);
      this.#end(true);
      this.#resolve(this.#take(this.#key, this.#write, result));
    } catch (thrown) {
      this.#reject(thrown);
    }
  }

  failed(error: Error): void {
    try {
      this.#miss(error);
      this.#resolve(this.#take(this.#key, this.#write, 'dropped'));
    } catch (thrown) {
      this.#reject(thrown);
    }
  }

  #miss(error: Error): void {
    const { outcomes } = this.#parts;
    try {
      missed(this.#parts, [[this.#key, this.#write]], 'change', error);
      outcomes.orDropped('set', [this.#key], { ok: false, error }, () => undefined);
    } finally {
      this.#end(false);
    }
  }

  #end(isOver: boolean): void {
    this.#parts.order.leave(this.#turn, isOver);
    this.#opened.end();
  }
}
