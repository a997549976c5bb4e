import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('children/cache-process.mjs', import.meta.url));

interface Message {
  /** Which call it answers; absent where a loader begins. */
  readonly id?: number;
  readonly answer?: unknown;
  readonly error?: string;
  readonly loads?: string;
}

/** A cache on Redis in a process of its own. */
export class CacheProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  #calls = 0;
  /** How many loaders have begun to run. */
  loads = 0;
  /** Called at the start of each. */
  onLoad: () => void = () => {};

  private constructor(url: string) {
    this.#child = fork(program, [url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message: Message) => this.#heard(message));
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The process has ended.'));
    });
  }

  static async start(url: string): Promise<CacheProcess> {
    const started = new CacheProcess(url);
    await new Promise((resolve, reject) => started.#waiting.set(0, { resolve, reject }));
    return started;
  }

  ask(call: string, args: object): Promise<unknown> {
    const id = ++this.#calls;
    const answered = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.send({ id, call, ...args });
    return answered;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #heard({ id, answer, error, loads }: Message): void {
    if (loads !== undefined) {
      this.loads++;
      this.onLoad();
    }
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(answer);
    else waiting.reject(new Error(error));
  }
}
