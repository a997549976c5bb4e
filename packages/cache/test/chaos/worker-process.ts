import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { plan } from './bounds.js';
import type { HistoryBook } from './history-book.js';
import { instant } from './history-book.js';

const program = fileURLToPath(new URL('children/worker.mjs', import.meta.url));

export interface WorkerOptions {
  /** How wrong its clock is, in milliseconds. */
  readonly clockOffset?: number;
  readonly memory?: false;
  readonly onStoreError: 'degrade' | 'throw';
}

/** What all workers of a campaign do alike. */
export interface Workload {
  /** How many calls a process has in flight at most. */
  readonly lanes: number;
  /** The mean pause of a lane between two calls, in milliseconds. */
  readonly pause: number;
  readonly seed: number;
}

/** One process of a campaign with a way of its own to Redis. It lives several lives, one after the other. */
export class Worker {
  readonly proxy: TcpProxy;
  readonly #number: number;
  readonly #options: WorkerOptions;
  readonly #workload: Workload;
  readonly #book: HistoryBook;
  #child: ChildProcess | undefined;
  #lives = 0;

  private constructor(proxy: TcpProxy, number: number, options: WorkerOptions, workload: Workload, book: HistoryBook) {
    this.proxy = proxy;
    this.#number = number;
    this.#options = options;
    this.#workload = workload;
    this.#book = book;
  }

  static async start(
    redisPort: number,
    number: number,
    options: WorkerOptions,
    workload: Workload,
    book: HistoryBook,
  ): Promise<Worker> {
    const worker = new Worker(await startTcpProxy(redisPort), number, options, workload, book);
    await worker.#launch(undefined);
    return worker;
  }

  /** Of its present life. */
  get name(): string {
    return `w${this.#number}.${this.#lives}`;
  }

  begin(chapter: string): void {
    this.#child?.send({ type: 'begin', chapter });
  }

  /** Waits for the calls that are under way. */
  async finish(): Promise<void> {
    await this.#ask({ type: 'finish' }, 'finished');
  }

  /** What these counters hold; `undefined` if nobody can say. */
  async sums(keys: readonly string[]): Promise<readonly number[] | undefined> {
    const { values } = (await this.#ask({ type: 'sums', keys }, 'sums')) as { values?: readonly number[] };
    return values;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    this.#book.killed(this.name);
    await ended(child);
  }

  /** A new life in the middle of a chapter. */
  async restart(chapter: string): Promise<void> {
    await this.#launch(chapter);
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) {
      child.send({ type: 'close' });
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 5_000))]);
      await ended(child);
    }
    await this.proxy.stop();
  }

  async #launch(chapter: string | undefined): Promise<void> {
    this.#lives++;
    const { lanes, pause, seed } = this.#workload;
    const config = {
      name: this.name,
      url: `redis://127.0.0.1:${this.proxy.port}`,
      seed: seed * 1_000 + this.#number * 100 + this.#lives,
      lanes,
      pause,
      chapter,
      options: this.#options,
    };
    if (this.#options.memory === false) this.#book.hasNoMemory(this.name);
    const args = [JSON.stringify(config), JSON.stringify(plan)];
    const child = fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    const name = this.name;
    child.on('message', (message: { type: string }) => {
      if (message.type === 'records') this.#book.add(message as never);
    });
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#book.crashed(`${name} ended by itself: ${signal ?? code} at ${instant()}`);
    });
    await answer(child, 'ready');
  }

  async #ask(question: { readonly type: string; readonly keys?: readonly string[] }, type: string): Promise<object> {
    const child = this.#child as ChildProcess;
    const answered = answer(child, type);
    child.send(question);
    return answered;
  }
}

function answer(child: ChildProcess, type: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const done = () => {
      child.off('message', heard);
      child.off('exit', gone);
    };
    const heard = (message: { type: string }) => {
      if (message.type !== type) return;
      done();
      resolve(message);
    };
    const gone = () => {
      done();
      reject(new Error(`A worker ended before it was ${type}.`));
    };
    child.on('message', heard);
    child.once('exit', gone);
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
