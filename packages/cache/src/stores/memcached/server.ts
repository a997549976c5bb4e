import { LarderError } from '../../errors.js';
import { type Answer, Connection } from './connection.js';
import type { WireKey } from './keys.js';
import { failed } from './memcached-errors.js';
import { type MetaCommand, metaDelete } from './meta-commands.js';
import type { ResolvedOptions, ResolvedServer } from './options.js';
import { retryDelay } from './retry-delay.js';

/** Keys of dropped writes that are remembered; see {@link Server.distrust}. */
const mostDistrusted = 100_000;

/** One server: its connection, how often it failed in a row, and what must not be read from it any more. */
export class Server {
  readonly address: string;
  readonly #connection: Connection;
  readonly #random: () => number;
  readonly #distrusted = new Map<string, WireKey>();
  #beingDeleted: readonly WireKey[] = [];
  readonly #forgotten: WireKey[] = [];
  readonly #onReturn: (keys: readonly WireKey[]) => void;
  #failures = 0;
  #retryAt = 0;
  #lastError: Error | undefined;

  constructor(
    server: ResolvedServer,
    options: Pick<ResolvedOptions, 'auth' | 'connectTimeout' | 'answerTimeout' | 'random'>,
    onReturn: (keys: readonly WireKey[]) => void = () => {},
  ) {
    this.address = server.address;
    this.#random = options.random;
    this.#onReturn = onReturn;
    this.#connection = new Connection({
      server,
      auth: options.auth,
      connectTimeout: options.connectTimeout,
      answerTimeout: options.answerTimeout,
      greeting: (isFirst) => this.#forget(isFirst),
      onUp: () => this.#rememberSuccess(),
      onDown: () => this.#rememberFailure(),
    });
  }

  /** It failed more than once in a row, and did not answer since. */
  get isDown(): boolean {
    return this.#failures > 1;
  }

  send(command: MetaCommand, answer: Answer): void {
    if (this.isDown && !this.#connection.isOnTrial && !this.#mayRetry()) {
      answer(undefined, this.#stillDown());
      return;
    }
    this.#connection.send(command, (reply, error) => {
      if (error !== undefined) this.#lastError = error;
      answer(reply, error);
    });
  }

  /** Tries a server that is down once more, if it is time. Nobody waits for it. */
  probe(): void {
    if (this.isDown && this.#mayRetry()) this.#connection.open();
  }

  /**
   * A write of this key did not get through, and nobody will ask for it again. What the server still has is deleted when
   * it is back, before anything is read.
   */
  distrust(key: WireKey): void {
    if (this.#distrusted.size >= mostDistrusted)
      this.#distrusted.delete(this.#distrusted.keys().next().value as string);
    this.#distrusted.set(key.id, key);
  }

  close(): void {
    this.#connection.close();
  }

  #mayRetry(): boolean {
    return performance.now() >= this.#retryAt;
  }

  /** Deletes what is distrusted, and then what became so meanwhile, before the server counts as back. */
  #forget(isFirst: boolean): MetaCommand[] {
    if (isFirst) this.#forgotten.length = 0;
    else for (const key of this.#beingDeleted) this.#rememberDeleted(key);
    this.#beingDeleted = [...this.#distrusted.values()];
    return this.#beingDeleted.map((key) => metaDelete(key));
  }

  #rememberDeleted(key: WireKey): void {
    this.#forgotten.push(key);
    // Unless one more write of it was lost since.
    if (this.#distrusted.get(key.id) === key) this.#distrusted.delete(key.id);
  }

  #rememberSuccess(): void {
    const returned = this.#forgotten.splice(0);
    this.#failures = 0;
    this.#lastError = undefined;
    if (returned.length > 0) this.#onReturn(returned);
  }

  #rememberFailure(): void {
    this.#failures += 1;
    this.#retryAt = performance.now() + retryDelay(this.#failures, this.#random());
  }

  #stillDown(): LarderError {
    const cause = this.#lastError;
    const wait = Math.max(1, Math.ceil(this.#retryAt - performance.now()));
    const reason = cause instanceof LarderError ? ` ${cause.message}` : '';
    return failed(`The memcached server at ${this.address} is down, and is asked again in ${wait} ms.${reason}`, cause);
  }
}
