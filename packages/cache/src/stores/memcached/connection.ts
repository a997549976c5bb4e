import type { Socket } from 'node:net';
import { ClosedError } from '../../errors.js';
import { authFailed, connectionFailed, failed, replyError } from './memcached-errors.js';
import { type MetaCommand, metaNoop } from './meta-commands.js';
import type { MetaReply } from './meta-replies.js';
import { openSocket } from './open-socket.js';
import type { ResolvedServer } from './options.js';
import { OutgoingBatch } from './outgoing-batch.js';
import { GarbledReply, ReplyParser } from './reply-parser.js';
import { RequestQueue } from './request-queue.js';

export interface ConnectionParts {
  readonly server: ResolvedServer;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly connectTimeout: number;
  /** The age of the oldest unanswered request at which the connection is given up. */
  readonly answerTimeout: number;
  /**
   * What must go out before anything else on a new connection; and what more, once the server has done that. When there
   * is no more it is up: a connection alone is no proof, as a frozen server takes them too.
   */
  readonly greeting: (isFirst: boolean) => readonly MetaCommand[];
  readonly onUp: () => void;
  readonly onDown: () => void;
}

const keepAliveAfter = 30_000;

/** Answers a request: with a reply, which may be an error line of the server, or with what became of the connection. */
export type Answer = (reply: MetaReply | undefined, error: Error | undefined) => void;

/**
 * One connection to one server, opened at the first request and again after it broke. Everything that is asked within a
 * tick goes out in one write. The server answers each request once and in order; the opaque that comes back proves it.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #batch = new OutgoingBatch();
  readonly #requests: RequestQueue;
  #socket: Socket | undefined;
  /** It may be written to. */
  #isReady = false;
  /** The server has answered on it. */
  #isProven = false;
  #flushIsDue = false;
  #closed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#requests = new RequestQueue(parts.answerTimeout, () => this.#breakWith(this.#silent()));
  }

  /** There is one, and nobody knows yet whether the server answers on it. */
  get isOnTrial(): boolean {
    return this.#socket !== undefined && !this.#isProven;
  }

  send(command: MetaCommand, answer: Answer): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      answer(undefined, refusal);
      return;
    }
    this.#batch.add(command, this.#requests.add(answer));
    if (this.#socket === undefined) this.open();
    else if (this.#isReady && !this.#flushIsDue) {
      this.#flushIsDue = true;
      process.nextTick(this.#flush);
    }
  }

  /** Begins to connect, unless it has. */
  open(): void {
    if (this.#socket !== undefined || this.#closed) return;
    try {
      const { socket, readyEvent } = openSocket(this.#parts.server);
      this.#socket = socket;
      this.#listen(socket, readyEvent);
    } catch (error) {
      // TLS throws at once at what it cannot use.
      this.#breakWith(error as Error);
    }
  }

  /** Ends the connection; what is under way is rejected. */
  close(): void {
    this.#closed = true;
    this.#breakWith(new ClosedError());
  }

  #listen(socket: Socket, readyEvent: string): void {
    const parser = new ReplyParser((reply) => this.#receive(reply));
    const tooLate = setTimeout(() => this.#breakWith(this.#unreachable()), this.#parts.connectTimeout);
    tooLate.unref();
    const breakIfCurrent = (error: Error) => {
      clearTimeout(tooLate);
      if (this.#socket === socket) this.#breakWith(error);
    };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveAfter);
    socket.on('error', breakIfCurrent);
    socket.on('close', () => breakIfCurrent(new Error('the server closed it')));
    socket.on('data', (piece: Buffer) => {
      if (this.#socket !== socket) return;
      try {
        parser.feed(piece);
      } catch (error) {
        this.#breakWith(error instanceof GarbledReply ? this.#garbled(error) : (error as Error));
      }
      if (this.#requests.isEmpty) socket.unref();
    });
    socket.once(readyEvent, () => {
      clearTimeout(tooLate);
      if (this.#socket === socket) this.#begin();
    });
  }

  /** Who we are first, then what must be put right, then what was asked meanwhile. */
  #begin(): void {
    const { auth, greeting } = this.#parts;
    const asked = this.#batch.take();
    const waiting = this.#requests.takeAll();
    if (auth !== undefined) {
      this.#batch.addAuthentication(auth);
      this.#requests.add(this.#checkAuthentication);
    }
    this.#greet(greeting(true));
    this.#batch.append(asked);
    this.#requests.append(waiting);
    this.#isReady = true;
    this.#flush();
  }

  #greet(commands: readonly MetaCommand[]): void {
    for (const command of commands) this.#batch.add(command, this.#requests.add(ignore));
    this.#batch.add(metaNoop, this.#requests.add(this.#goOnGreeting));
  }

  readonly #goOnGreeting: Answer = (reply) => {
    if (reply?.code !== 'MN') return;
    const more = this.#parts.greeting(false);
    if (more.length > 0) {
      this.#greet(more);
      this.#flush();
    } else {
      this.#isProven = true;
      this.#parts.onUp();
    }
  };

  readonly #checkAuthentication: Answer = (reply) => {
    if (reply !== undefined && reply.code !== 'STORED') this.#breakWith(authFailed(this.address, reply.rest));
  };

  readonly #flush = (): void => {
    this.#flushIsDue = false;
    const socket = this.#socket;
    if (socket === undefined || !this.#isReady) return;
    // Alive as long as somebody waits for an answer, and no longer.
    if (this.#requests.isEmpty) socket.unref();
    else socket.ref();
    this.#batch.writeTo(socket);
  };

  #receive(reply: MetaReply): void {
    if (this.#socket === undefined) return;
    const answer = this.#requests.next(reply);
    if (answer === undefined) {
      this.#breakWith(this.#garbled(undefined));
      return;
    }
    answer(reply, undefined);
    // After a command that it could not read, a server and we may disagree on where the next one begins.
    if (reply.code === 'ERROR' || reply.code === 'CLIENT_ERROR') this.#breakWith(replyError(this.address, reply));
  }

  get address(): string {
    return this.#parts.server.address;
  }

  #breakWith(cause: Error): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isReady = false;
    this.#isProven = false;
    this.#batch.take();
    const waiting = this.#requests.takeAll();
    if (socket !== undefined) {
      socket.destroy();
      if (!this.#closed) this.#parts.onDown();
    }
    const error = connectionFailed(this.address, cause);
    for (const { answer } of waiting) answer(undefined, error);
  }

  #silent(): Error {
    const { answerTimeout } = this.#parts;
    return failed(`The memcached server at ${this.address} did not answer for ${answerTimeout} ms (answerTimeout).`);
  }

  #unreachable(): Error {
    const { connectTimeout } = this.#parts;
    return failed(
      `The memcached server at ${this.address} took no connection in ${connectTimeout} ms (connectTimeout).`,
    );
  }

  #garbled(cause: Error | undefined): Error {
    const advice = 'Is it memcached 1.6 or newer, and is tls set as the server has it?';
    return failed(`What came from ${this.address} is no answer to what was asked. ${advice}`, cause);
  }

  #refusal(): Error | undefined {
    if (this.#closed) return new ClosedError();
    const inSocket = this.#socket?.writableLength ?? 0;
    if (!this.#requests.isFull && !this.#batch.isFullBeside(inSocket)) return undefined;
    return failed(`Too much waits for the memcached server at ${this.address}: ask less at a time, or add servers.`);
  }
}

const ignore: Answer = () => {};
