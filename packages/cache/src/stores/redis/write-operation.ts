import type { StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { type Ending, endingOf } from './endings.js';
import { encodeRecord } from './record.js';
import { operations } from './scripts/apply-writes.js';

/** Whoever asked for writes: told what became of each. */
export interface Writer {
  /** `answer` is one of `answers`; `value` the record where one was asked for. */
  answered(at: number, answer: number, value: Buffer | undefined): void;
  failed(error: unknown): void;
  /** The reason why nobody waits for the answer any more; `undefined` as long as somebody does. */
  givenUp(): unknown;
}

/** One write on its way to Redis. */
export interface WriteOperation {
  /** In Redis. */
  readonly key: string;
  readonly letter: string;
  /** In front of the record: what the write is compared by. */
  readonly comparand: string | Buffer | undefined;
  readonly record: Buffer | undefined;
  /** Ends that are to be told from the write on. */
  readonly endings?: readonly Ending[];
  /** By which liveness is judged. */
  readonly now: Millis;
  readonly writer: Writer;
  /** Which of the writer's writes this is. */
  readonly at: number;
}

export function setOperation(key: string, write: StoreWrite, now: Millis, writer: Writer, at: number): WriteOperation {
  const { condition } = write;
  const record = encodeRecord(write);
  const ending = endingOf(write);
  if (condition === undefined && ending === undefined) {
    return { key, letter: operations.set, comparand: undefined, record, now, writer, at };
  }
  const rest = ending === undefined ? { now, writer, at } : { now, writer, at, endings: [ending] };
  if (condition === undefined) return { key, letter: operations.set, comparand: undefined, record, ...rest };
  if ('absent' in condition) return { key, letter: operations.add, comparand: undefined, record, ...rest };
  return { key, letter: operations.setIfVersion, comparand: condition.version, record, ...rest };
}

export function deleteOperation(key: string, now: Millis, writer: Writer, at: number): WriteOperation {
  return { key, letter: operations.delete, comparand: undefined, record: undefined, now, writer, at };
}
