import { StoreError } from '../../errors.js';
import { afterThisTick } from './after-this-tick.js';
import type { Argument, RedisConnection, Reply } from './connection.js';
import { endingRow } from './endings.js';
import { isPlain, sendPlain } from './lone-write.js';
import { endingsKey } from './physical-keys.js';
import { storeName, toStoreError, unexpectedReply } from './redis-errors.js';
import { answers, applyWrites, operations } from './scripts/apply-writes.js';
import { runScript } from './scripts/script.js';
import type { WriteOperation } from './write-operation.js';

/** Redis does nothing else while a script runs: 512 writes take it about a millisecond. */
const operationsPerBatch = 512;
const bytesPerBatch = 1024 * 1024;

/** Beyond it nobody can be waiting any more: the deadlines above are long over. */
const longestQueue = 100_000;

/** From here on a batch took long enough for callers behind it to have given up. */
const slowMillis = 50;

/**
 * Writes of one bucket, a batch at a time: what is asked while one is under way goes into the next, in its order. So no
 * write of a key can overtake another, whatever the client sends twice or to another node first.
 */
export class WriteLane {
  readonly #connection: RedisConnection;
  readonly #base: string;
  readonly #baseLength: number;
  #namesEndings = false;
  #waiting: WriteOperation[] = [];
  #isBusy = false;
  readonly #finishers: (() => void)[] = [];

  /** `base` is what the keys of all its writes begin with. */
  constructor(connection: RedisConnection, base: string) {
    this.#connection = connection;
    this.#base = base;
    this.#baseLength = Buffer.byteLength(base);
  }

  /**
   * From now on each script is told that it may change the endings, which a cluster has to know while the bucket moves to
   * another node: it has the script wait then, instead of failing half-way.
   */
  nameEndings(): void {
    this.#namesEndings = true;
  }

  push(operation: WriteOperation): void {
    if (this.#waiting.length >= longestQueue) {
      operation.writer.failed(tooManyWaiting());
      return;
    }
    this.#waiting.push(operation);
    if (this.#isBusy) return;
    this.#isBusy = true;
    afterThisTick(this.#sendAll);
  }

  /** Resolves when nothing is waiting or under way. */
  async finish(): Promise<void> {
    while (this.#isBusy) await new Promise<void>((resolve) => this.#finishers.push(resolve));
  }

  readonly #sendAll = async (): Promise<void> => {
    let isSlow = false;
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      if (isSlow) refuseAbandoned(batch);
      const start = performance.now();
      if (batch.length > 0) await this.#send(batch);
      isSlow = performance.now() - start > slowMillis;
      // Those whom the answers woke write again: into the next batch, together.
      if (this.#waiting.length > 0) await new Promise<void>(afterThisTick);
    }
    this.#isBusy = false;
    for (const resolve of this.#finishers.splice(0)) resolve();
  };

  #nextBatch(): WriteOperation[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      bytes += record?.length ?? 0;
      if (count === operationsPerBatch || (count > 0 && bytes > bytesPerBatch)) break;
      count++;
    }
    const batch = this.#waiting;
    this.#waiting = batch.splice(count);
    return batch;
  }

  async #send(batch: readonly WriteOperation[]): Promise<void> {
    try {
      const [first] = batch;
      if (first !== undefined && batch.length === 1 && isPlain(first)) {
        await sendPlain(this.#connection, first, this.#base);
        return;
      }
      const keys = batch.map(({ key }) => key);
      if (this.#namesEndings) keys.push(endingsKey(this.#base));
      settle(batch, await runScript(this.#connection, applyWrites, keys, argumentsOf(batch, this.#baseLength)));
    } catch (error) {
      const failure = toStoreError(error);
      for (const { writer } of batch) writer.failed(failure);
    }
  }
}

/** Writes whose callers have given up are not made any more. */
function refuseAbandoned(batch: WriteOperation[]): void {
  const standing = batch.filter(({ writer }) => {
    const reason = writer.givenUp();
    if (reason !== undefined) writer.failed(reason);
    return reason === undefined;
  });
  batch.splice(0, batch.length, ...standing);
}

function argumentsOf(batch: readonly WriteOperation[], baseLength: number): Argument[] {
  const args: Argument[] = [String(baseLength), ''];
  let letters = '';
  let lastNow: number | undefined;
  for (const { key, letter, comparand, record, now, endings } of batch) {
    if (now !== lastNow) {
      lastNow = now;
      letters += operations.now;
      args.push(String(now));
    }
    if (endings !== undefined) {
      // Behind the base and a colon.
      const userKey = Buffer.from(key).subarray(baseLength + 1);
      letters += operations.ending.repeat(endings.length);
      args.push(...endings.map((ending) => endingRow(userKey, ending)));
    }
    letters += letter;
    if (comparand !== undefined) args.push(comparand);
    if (record !== undefined) args.push(record);
  }
  args[1] = letters;
  return args;
}

function settle(batch: readonly WriteOperation[], reply: Reply): void {
  const said = Array.isArray(reply) ? reply[0] : undefined;
  if (!Buffer.isBuffer(said) || said.length !== batch.length) throw unexpectedReply('EVALSHA');
  const carried = (reply as readonly Reply[]).values();
  carried.next();
  for (let index = 0; index < batch.length; index++) {
    const { writer, at } = batch[index] as WriteOperation;
    const answer = said[index] as number;
    if (answer === answers.error) writer.failed(toStoreError(new Error(String(carried.next().value))));
    else writer.answered(at, answer, answer === answers.value ? (carried.next().value as Buffer) : undefined);
  }
}

function tooManyWaiting(): StoreError {
  const message = `More than ${longestQueue} writes wait for Redis: it is slower than they are made. Write less, or wait for the answers.`;
  return new StoreError(storeName, message);
}
