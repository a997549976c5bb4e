import type { Worker } from 'node:cluster';
import type { Millis } from '@larder/cache';
import type { Logger } from '../logger.js';
import { rememberHandedConnection } from './handed-connection.js';
import { type FromWorker, isOurs, type Ready } from './messages.js';
import type { ReportDesk } from './report-desk.js';
import { goodLife, pauseBeforeRestart } from './restart-pause.js';

interface SuperviseParts {
  readonly count: number;
  readonly fork: () => Worker;
  readonly desk: ReportDesk;
  readonly logger: Logger;
  /** How long after `stop` what is left is killed. */
  readonly exitTimeout: Millis;
}

export interface Supervision {
  /** That the first worker listens; `undefined` if it ended before, having said why. */
  readonly started: Promise<Ready | undefined>;
  /** Has all workers finish. */
  stop(signal: NodeJS.Signals): void;
  /** Resolves with the exit code when the last worker has ended. */
  readonly ended: Promise<number>;
}

/**
 * Starts workers, and those that die anew. The first goes ahead: it makes the first API key, and what keeps it from
 * starting is told once.
 */
export function supervise({ count, fork, desk, logger, exitTimeout }: SuperviseParts): Supervision {
  const running = new Set<Worker>();
  const restarts = new Set<NodeJS.Timeout>();
  const { promise: started, resolve: tellStarted } = deferred<Ready | undefined>();
  const { promise: ended, resolve: tellEnded } = deferred<number>();
  let hasStarted = false;
  let stoppedBy: NodeJS.Signals | undefined;
  let exitCode = 0;

  function start(deaths: number): void {
    const worker = fork();
    const begun = performance.now();
    const closeHandedConnection = rememberHandedConnection(worker.process);
    running.add(worker);
    // Its end says whether it could be told something.
    worker.on('error', () => {});
    worker.on('message', (message) => {
      if (isOurs<FromWorker>(message)) heard(worker, message);
    });
    worker.once('exit', (code, signal) => {
      running.delete(worker);
      closeHandedConnection();
      desk.left(worker.id);
      if (stoppedBy !== undefined) endedByStop(code, signal);
      else if (!hasStarted) giveUp(code);
      else restart(worker, code, signal, performance.now() - begun < goodLife ? deaths + 1 : 1);
    });
    if (stoppedBy !== undefined) worker.process.kill(stoppedBy);
  }

  function heard(worker: Worker, message: FromWorker): void {
    if (message.larder !== 'ready') {
      desk.heard(worker.id, message);
      return;
    }
    desk.joined(worker.id, (asked) => {
      if (worker.isConnected()) worker.send(asked);
    });
    if (hasStarted) return;
    hasStarted = true;
    tellStarted(message);
    for (let others = 1; others < count; others++) start(0);
  }

  function restart(worker: Worker, code: number | null, signal: string | null, deaths: number): void {
    const pause = pauseBeforeRestart(deaths);
    logger.error('a worker ended, and another takes its place', {
      worker: worker.process.pid,
      code: code ?? undefined,
      signal: signal ?? undefined,
      pause,
    });
    const timer = setTimeout(() => {
      restarts.delete(timer);
      start(deaths);
    }, pause);
    restarts.add(timer);
  }

  function giveUp(code: number | null): void {
    tellStarted(undefined);
    tellEnded(code || 1);
  }

  function endedByStop(code: number | null, signal: string | null): void {
    // A worker that does not listen for the signal yet has nothing to finish.
    if (code !== 0 && signal !== stoppedBy) exitCode = 1;
    if (running.size === 0) finish();
  }

  function finish(): void {
    tellStarted(undefined);
    tellEnded(exitCode);
  }

  function stop(signal: NodeJS.Signals): void {
    if (stoppedBy !== undefined) return;
    stoppedBy = signal;
    for (const timer of restarts) clearTimeout(timer);
    for (const worker of running) worker.process.kill(signal);
    setTimeout(() => {
      logger.error('workers did not end in time, and are killed', { workers: running.size });
      for (const worker of running) worker.process.kill('SIGKILL');
    }, exitTimeout).unref();
    if (running.size === 0) finish();
  }

  start(0);
  return { started, stop, ended };
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
