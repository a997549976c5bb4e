import type { StoreCall, StoreChange, StoredEntry } from '../../contracts/store.js';
import { StoreError } from '../../errors.js';
import { type Applied, applyChanges, type Outcome } from './apply-changes.js';
import { identityLength } from './record.js';
import { storeName } from './redis-errors.js';
import { answers, operations } from './scripts/apply-writes.js';
import type { WriteOperation, Writer } from './write-operation.js';

/** Where operations go whose turn has come. */
export type PushOperation = (operation: WriteOperation) => void;

interface Change {
  readonly change: StoreChange;
  readonly now: number;
  readonly call: StoreCall;
  readonly resolve: (stands: StoredEntry | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Each conflict is another writer's success: so many in a row mean that this one is never fast enough. */
const mostAttempts = 200;
const longestPauseMillis = 32;

/**
 * `modify` by compare-and-set. A round reads the record of a key, applies every change of it that is waiting, and
 * replaces the record if it is still the same: a thousand changes of one key cost two round trips. What is asked for
 * the key meanwhile waits for the end of the round, so that the order of asking holds.
 */
export class ChangeRounds {
  readonly #push: PushOperation;
  readonly #random: () => number;
  readonly #rounds = new Map<string, Round>();
  readonly #finishers: (() => void)[] = [];

  constructor(push: PushOperation, random: () => number) {
    this.#push = push;
    this.#random = random;
  }

  /** A write that is no change: at once, or behind the changes of its key. */
  write(operation: WriteOperation): void {
    const round = this.#rounds.size === 0 ? undefined : this.#rounds.get(operation.key);
    if (round === undefined) this.#push(operation);
    else round.waiting.push(operation);
  }

  change(key: string, change: StoreChange, call: StoreCall): Promise<StoredEntry | undefined> {
    return new Promise((resolve, reject) => {
      const asked: Change = { change, now: call.now, call, resolve, reject };
      const round = this.#rounds.get(key);
      if (round !== undefined) round.waiting.push(asked);
      else this.#begin(key, [asked]);
    });
  }

  /** Resolves when no change is under way. */
  async finish(): Promise<void> {
    while (this.#rounds.size > 0) await new Promise<void>((resolve) => this.#finishers.push(resolve));
  }

  #begin(key: string, waiting: (Change | WriteOperation)[]): void {
    const round = new Round(key, waiting, { push: this.#push, random: this.#random, over: () => this.#goOn(round) });
    this.#rounds.set(key, round);
    round.read();
  }

  #goOn({ key, waiting }: Round): void {
    this.#rounds.delete(key);
    const nextChange = waiting.findIndex(isChange);
    const writes = nextChange === -1 ? waiting : waiting.slice(0, nextChange);
    for (const write of writes) this.#push(write as WriteOperation);
    if (nextChange !== -1) this.#begin(key, waiting.slice(nextChange));
    if (this.#rounds.size === 0) for (const resolve of this.#finishers.splice(0)) resolve();
  }
}

interface RoundParts {
  readonly push: PushOperation;
  readonly random: () => number;
  readonly over: () => void;
}

/** From the reading of one record to its replacement, with as many attempts as it takes. */
class Round implements Writer {
  readonly key: string;
  /** What is asked for the key, in its order; the changes of this round are taken from its beginning. */
  readonly waiting: (Change | WriteOperation)[];
  readonly #parts: RoundParts;
  #taken: Change[] = [];
  #applied: Applied | undefined;
  #attempts = 0;

  constructor(key: string, waiting: (Change | WriteOperation)[], parts: RoundParts) {
    this.key = key;
    this.waiting = waiting;
    this.#parts = parts;
  }

  read(): void {
    this.#attempts++;
    this.#send(operations.read, undefined, undefined);
  }

  answered(_at: number, answer: number, value: Buffer | undefined): void {
    if (this.#applied === undefined) this.#apply(value);
    else if (answer === answers.refused) this.#tryAgain();
    else this.#settle(this.#applied.outcomes);
  }

  givenUp(): unknown {
    const changes = [...this.#taken, ...this.waiting.filter(isChange)];
    return changes.every(({ call }) => call.signal?.aborted) ? changes[0]?.call.signal?.reason : undefined;
  }

  failed(error: unknown): void {
    this.#takeWaiting();
    for (const { reject } of this.#taken) reject(error);
    this.#parts.over();
  }

  #apply(standing: Buffer | undefined): void {
    this.#takeWaiting();
    const applied = applyChanges(standing, this.#taken);
    if (!applied.isChanged) {
      this.#settle(applied.outcomes);
      return;
    }
    this.#applied = applied;
    const expected = standing?.subarray(0, identityLength) ?? '';
    this.#send(applied.next === undefined ? operations.remove : operations.replace, expected, applied);
  }

  #takeWaiting(): void {
    const end = this.waiting.findIndex((each) => !isChange(each));
    this.#taken.push(...(this.waiting.splice(0, end === -1 ? this.waiting.length : end) as Change[]));
  }

  /** Somebody else wrote in between. The first time at once, then after a pause that grows and differs. */
  #tryAgain(): void {
    this.#applied = undefined;
    const pause = Math.min(2 ** (this.#attempts - 1), longestPauseMillis) * this.#parts.random();
    if (this.#attempts >= mostAttempts) this.failed(tooMuchContention());
    else if (this.#attempts === 1) this.#readAgain();
    else setTimeout(() => this.#readAgain(), pause).unref();
  }

  #readAgain(): void {
    this.#taken = this.#taken.filter(({ call, reject }) => {
      if (call.signal?.aborted) reject(call.signal.reason);
      return !call.signal?.aborted;
    });
    if (this.#taken.length > 0) this.read();
    else this.#parts.over();
  }

  #settle(outcomes: readonly Outcome[]): void {
    for (const [at, outcome] of outcomes.entries()) {
      const { resolve, reject } = this.#taken[at] as Change;
      if ('thrown' in outcome) reject(outcome.thrown);
      else resolve(outcome.stands);
    }
    this.#parts.over();
  }

  #send(letter: string, comparand: string | Buffer | undefined, applied: Applied | undefined): void {
    const { now } = (this.#taken[0] ?? this.waiting[0]) as Change;
    const operation = { key: this.key, letter, comparand, record: applied?.next, writer: this, at: 0 };
    const endings = applied === undefined || applied.endings.length === 0 ? {} : { endings: applied.endings };
    this.#parts.push({ ...operation, now: applied?.now ?? now, ...endings });
  }
}

function isChange(each: Change | WriteOperation): each is Change {
  return 'change' in each;
}

function tooMuchContention(): StoreError {
  const message = `Other writers changed the key first, ${mostAttempts} times in a row. Spread the writes over several keys.`;
  return new StoreError(storeName, message);
}
