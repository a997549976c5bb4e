import type { BusListener } from '../../../contracts/bus.js';
import { ClosedError, StoreError } from '../../../errors.js';
import type { RedisConnection } from '../connection.js';
import { pauseBefore } from '../pause-before.js';
import { storeName, toStoreError } from '../redis-errors.js';
import { Session } from './session.js';
import type { TransportParts } from './transport.js';
import { within } from './within.js';

/** Beyond it a subscription that is being made is given up, and made anew. */
const openingMillis = 4_000;
const publishMillis = 1_000;
/** After a session that lasted so long the pauses between attempts begin anew. */
const goodMillis = 5_000;

/** A session whose subscriptions are acknowledged. */
interface Standing {
  readonly session: Session;
  readonly connection: RedisConnection;
  readonly channel: string;
}

/** Listens for one listener, a session after the other, until it is closed. */
export class Listening {
  readonly #parts: TransportParts;
  readonly #listener: BusListener;
  #session: Session | undefined;
  #standing: Standing | undefined;
  #awaitingStanding: (() => void)[] = [];
  #connecting: ReturnType<TransportParts['connect']> | undefined;
  #lastFailure: unknown;
  #isClosed = false;

  constructor(parts: TransportParts, listener: BusListener) {
    this.#parts = parts;
    this.#listener = listener;
    void this.#listen();
  }

  async publish(frame: Uint8Array): Promise<void> {
    const start = performance.now();
    const { connection, channel, session } = this.#standing ?? (await this.#nextStanding());
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    const sent = connection.send(channel, session.publishCommand, [channel, bytes], 'writes');
    const rest = publishMillis - (performance.now() - start);
    try {
      await within(rest, sent, 'Redis did not take a message of the bus within a second.');
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stand(undefined);
    this.#session?.close();
    const connected = await this.#connecting?.catch(() => undefined);
    await connected?.release();
  }

  /** A message waits here and not with the client, which might still send it when its sender has long given up. */
  async #nextStanding(): Promise<Standing> {
    if (!this.#isClosed) {
      const stands = new Promise<void>((resolve) => this.#awaitingStanding.push(resolve));
      await within(publishMillis, stands, '').catch(() => {});
    }
    if (this.#isClosed) throw new ClosedError();
    if (this.#standing !== undefined) return this.#standing;
    throw this.#lastFailure === undefined
      ? new StoreError(storeName, 'The bus is not connected to Redis yet: it keeps trying.')
      : toStoreError(this.#lastFailure);
  }

  async #listen(): Promise<void> {
    for (let attempt = 1; !this.#isClosed; attempt++) {
      const start = performance.now();
      this.#lastFailure = await this.#listenOnce();
      if (performance.now() - start > goodMillis) attempt = 1;
      const pause = pauseBefore(attempt, this.#parts.random);
      if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, pause).unref());
    }
  }

  /** Resolves with what ended it. */
  async #listenOnce(): Promise<unknown> {
    try {
      this.#connecting ??= this.#parts.connect();
      const { connection } = await this.#connecting;
      const channel = this.#parts.channelOn(connection);
      const session = this.#sessionOn(connection, channel);
      await within(openingMillis, session.open(), 'Redis did not answer to a subscription of the bus.');
      if (this.#isClosed) return undefined;
      this.#stand({ session, connection, channel });
      this.#listener.connected();
      return await session.lost;
    } catch (error) {
      // Connecting failed if there is nothing else that did: once more from the beginning.
      if (this.#session === undefined) this.#connecting = undefined;
      return error;
    } finally {
      this.#session?.close();
      this.#session = undefined;
      if (this.#stand(undefined)) this.#listener.disconnected();
    }
  }

  #sessionOn(connection: RedisConnection, channel: string): Session {
    const { tracking } = this.#parts;
    const session = new Session(
      { connection, channel, trackedBeginning: tracking?.beginningOn(connection) },
      {
        received: (frame) => this.#isStanding(session) && this.#listener.received(frame),
        storeWrote: (keys) => this.#isStanding(session) && this.#tellOfWrites(keys),
      },
    );
    this.#session = session;
    return session;
  }

  /** Answers whether there was one before. */
  #stand(standing: Standing | undefined): boolean {
    const stood = this.#standing !== undefined;
    this.#standing = standing;
    if (standing !== undefined || this.#isClosed) for (const resolve of this.#awaitingStanding.splice(0)) resolve();
    return stood;
  }

  #isStanding(session: Session): boolean {
    return this.#standing?.session === session;
  }

  #tellOfWrites(keys: readonly Buffer[] | null): void {
    if (keys === null) {
      this.#listener.disconnected();
      this.#listener.connected();
      return;
    }
    const written: string[] = [];
    for (const name of keys) {
      const key = this.#parts.tracking?.keyIn(name.toString());
      if (key !== undefined) written.push(key);
    }
    if (written.length > 0) this.#listener.storeWrote(written);
  }
}
