import { randomUUID } from 'node:crypto';
import { setTimeout as delay, setImmediate as nextTick } from 'node:timers/promises';
import { type Answer, applyAll, type Operation } from './changes.js';
import type { Connection } from './connection.js';
import { documentReader } from './document-reader.js';
import { documentWriter } from './document-writer.js';
import { fieldsOf, headFields, wholeFields } from './documents.js';
import { tooContended, tooMuchWaiting } from './firestore-errors.js';

const operationsAtMost = 20_000;
const attemptsAtMost = 40;
const longestPause = 500;

/**
 * Writes that keep their order for each key. A key has its turn: everything asked of it until then is decided on one
 * read and becomes one write, on the condition that the document is still as it was read. No transaction: the
 * condition is as safe, takes no lock that a lost process would hold, and costs one request less.
 */
export interface KeyTurns {
  enqueue<Result>(key: string, operation: Operation<Result>, signal: AbortSignal | undefined): Promise<Result>;
}

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function keyTurns(connection: Connection): KeyTurns {
  const heads = documentReader(connection, headFields);
  const wholes = documentReader(connection, wholeFields);
  const writer = documentWriter(connection);
  /** A key is in here as long as it has a turn. */
  const queues = new Map<string, Waiting[]>();
  const process = randomUUID();
  let operations = 0;
  let writes = 0;

  async function takeTurns(key: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      // What the rest of the tick asks for comes along.
      await nextTick();
      const taken = queue.splice(0);
      await takeTurn(key, taken).catch((error) => {
        for (const { reject } of taken) reject(error);
      });
      operations -= taken.length;
    }
    queues.delete(key);
  }

  async function takeTurn(key: string, taken: readonly Waiting[]): Promise<void> {
    let last: { readonly writeId: string; readonly settle: () => void } | undefined;
    for (let attempt = 0; attempt < attemptsAtMost; attempt++) {
      const asked = taken.filter(isWanted);
      if (asked.length === 0) return;
      const needsBytes = asked.some(({ operation }) => operation.needsBytes);
      const found = await (needsBytes ? wholes : heads).read(key);
      // The client sent the write twice, because the first answer was lost: it met itself.
      if (last !== undefined && found.writeId === last.writeId) return last.settle();

      // The read may have taken longer than some had time for: what was not sent yet is given up.
      const wanted = asked.filter(isWanted);
      const { change, answers, now } = applyAll(wanted.map(operationOf), found.standing);
      const settle = () => settleAll(wanted, answers);
      const nothingToDelete = change === 'delete' && found.updateTime === undefined;
      if (change === 'none' || nothingToDelete) return settle();
      const writeId = `${process}:${writes++}`;
      const fields = change === 'delete' ? change : fieldsOf(key, change, now, writeId);
      if (await writer.write(key, found.updateTime, fields)) return settle();
      last = { writeId, settle };
      await pauseAfter(attempt);
    }
    throw tooContended(attemptsAtMost);
  }

  return {
    async enqueue<Result>(key: string, operation: Operation<Result>, signal: AbortSignal | undefined): Promise<Result> {
      if (operations >= operationsAtMost) throw tooMuchWaiting(operationsAtMost);
      operations += 1;
      const result = new Promise<unknown>((resolve, reject) => {
        const waiting: Waiting = { operation, signal, resolve, reject };
        const queue = queues.get(key);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        const started = [waiting];
        queues.set(key, started);
        takeTurns(key, started);
      });
      return (await result) as Result;
    },
  };
}

function operationOf({ operation }: Waiting): Operation<unknown> {
  return operation;
}

/** Refuses what nobody waits for any more. */
function isWanted({ signal, reject }: Waiting): boolean {
  if (signal?.aborted !== true) return true;
  reject(signal.reason);
  return false;
}

function settleAll(waiting: readonly Waiting[], answers: readonly Answer[]): void {
  for (const [at, { resolve, reject }] of waiting.entries()) {
    const answer = answers[at] as Answer;
    if ('thrown' in answer) reject(answer.thrown);
    else resolve(answer.result);
  }
}

/** By chance, so that those who met do not meet again; longer each time, so that many find room. */
async function pauseAfter(attempt: number): Promise<void> {
  await delay(Math.random() * Math.min(longestPause, 4 * 2 ** attempt));
}
