import type { Answer, Operation } from './plan-round.js';
import { longestQueue, tooManyWait } from './request-slots.js';
import type { Known, RunRound } from './run-round.js';
import { sharedSignal } from './shared-signal.js';

/**
 * Lets the changes of one key out in rounds, one after the other: whatever is asked while a round is under way goes
 * into the next one. That keeps their order, and makes a thousand changes of one key a few writes.
 */
export interface KeyRounds {
  ask(key: string, operation: Operation, signal: AbortSignal | undefined): Promise<Answer>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface Task {
  readonly operation: Operation;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

export function keyRounds(runRound: RunRound): KeyRounds {
  const queues = new Map<string, Task[]>();
  const underWay = new Set<Promise<void>>();
  let waiting = 0;

  async function drain(key: string, queue: Task[]): Promise<void> {
    // What a round leaves is where the next one begins; nobody else waits for it, so it is forgotten with the queue.
    let known: Known;
    await undefined;
    while (queue.length > 0) {
      const tasks = queue.splice(0).filter(isWanted);
      if (tasks.length > 0) known = await run(key, tasks, known);
      waiting -= tasks.length;
    }
    queues.delete(key);
  }

  function isWanted({ signal, reject }: Task): boolean {
    if (signal?.aborted !== true) return true;
    waiting -= 1;
    reject(signal.reason);
    return false;
  }

  async function run(key: string, tasks: readonly Task[], known: Known): Promise<Known> {
    const { signal, release } = sharedSignal(tasks.map((task) => task.signal));
    try {
      const operations = tasks.map((task) => task.operation);
      const { answers, leaves } = await runRound(key, operations, known, signal);
      for (const [at, { resolve }] of tasks.entries()) resolve(answers[at] as Answer);
      return leaves;
    } catch (error) {
      for (const { reject } of tasks) reject(error);
      return undefined;
    } finally {
      release();
    }
  }

  return {
    ask(key, operation, signal) {
      if (waiting >= longestQueue) return Promise.reject(tooManyWait());
      waiting += 1;
      return new Promise((resolve, reject) => {
        const task = { operation, signal, resolve, reject };
        const queue = queues.get(key);
        if (queue !== undefined) {
          queue.push(task);
          return;
        }
        const own = [task];
        queues.set(key, own);
        const draining = drain(key, own).finally(() => underWay.delete(draining));
        underWay.add(draining);
      });
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
