import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startChild } from './child-process.js';

interface Report {
  readonly event: 'connected' | 'disconnected' | 'published' | 'told' | 'closed';
}

export interface Told extends Report {
  readonly heard: readonly string[];
  /** Milliseconds from the call of `publish` in any process to `received` in this one. */
  readonly latencies: readonly number[];
  /** Milliseconds that plain writes of the store took in between. */
  readonly writes: readonly number[];
}

/** A process that follows the bus of a folder (children/speak-on-bus.mjs). */
export class Speaker {
  readonly #child: ChildProcess;
  readonly #reports: Report[] = [];
  readonly #looking = new Set<() => void>();

  constructor(path: string, name: string) {
    this.#child = startChild('speak-on-bus.mjs', [path, name]);
    this.#child.stderr?.pipe(process.stderr);
    // It may be killed while it is spoken to.
    this.#child.stdin?.on('error', () => {});
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#reports.push(JSON.parse(line));
      for (const look of this.#looking) look();
    });
  }

  /** The next report of this kind; those before it are dropped. */
  next(event: Report['event']): Promise<Report> {
    return new Promise((resolve) => {
      const look = (): void => {
        const at = this.#reports.findIndex((report) => report.event === event);
        if (at === -1) return;
        this.#looking.delete(look);
        resolve(this.#reports.splice(0, at + 1).at(-1) as Report);
      };
      this.#looking.add(look);
      look();
    });
  }

  say(command: string, parameters: object = {}): void {
    this.#child.stdin?.write(`${JSON.stringify({ command, ...parameters })}\n`);
  }

  async publish(count: number, pause?: number): Promise<void> {
    this.say('publish', { count, pause });
    await this.next('published');
  }

  async publishAtOnce(count: number): Promise<void> {
    this.say('publishAtOnce', { count });
    await this.next('published');
  }

  /** What it heard since it was asked last. */
  async told(): Promise<Told> {
    this.say('tell');
    return (await this.next('told')) as Told;
  }

  /** All that it heard since it was asked last, once `text` is among it. */
  async heardUntil(text: string): Promise<readonly string[]> {
    const heard: string[] = [];
    while (!heard.includes(text)) heard.push(...(await this.told()).heard);
    return heard;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#end();
  }

  /** Closes connection and store, and resolves with the exit code once nothing keeps the process alive any more. */
  async close(): Promise<number | null> {
    this.say('close');
    await this.next('closed');
    return this.#end();
  }

  async #end(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
