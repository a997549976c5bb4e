import { ClosedError, StoreError } from '../../../errors.js';
import type { RedisConnection } from '../connection.js';
import { pauseBefore } from '../pause-before.js';
import { storeName, toStoreError } from '../redis-errors.js';
import type { Member } from './member.js';
import { Session } from './session.js';
import { within } from './within.js';

/**
 * Under load a frame leaves no sooner after the last one. A frame costs each process that listens, and Redis for each of
 * them, about as much as a handful of writes; with one for each tick's writes they took a tenth longer.
 */
const frameMillis = 2;
/** Beyond it a subscription that is being made is given up, and made anew. */
const openingMillis = 4_000;
const publishMillis = 1_000;
/** After a session that lasted so long the pauses between attempts begin anew. */
const goodMillis = 5_000;

export interface TransportParts {
  /** The connection to publish on, and what to do when it is not needed any more. */
  connect(): Promise<{ readonly connection: RedisConnection; release(): Promise<void> }>;
  channelOn(connection: RedisConnection): string;
  readonly tracking: TrackedKeys | undefined;
  readonly random: () => number;
}

export interface TrackedKeys {
  beginningOn(connection: RedisConnection): string;
  /** The key as its writer named it; `undefined` if that is no entry. */
  keyIn(physical: string): string | undefined;
}

/** Listens for the members, a session after the other, until it is closed. */
export class Listening {
  readonly #parts: TransportParts;
  readonly #members: ReadonlySet<Member>;
  #session: Session | undefined;
  /** The session, once its subscriptions are acknowledged. */
  #standing: Session | undefined;
  readonly #awaitingStanding = new Set<() => void>();
  #connecting: ReturnType<TransportParts['connect']> | undefined;
  #lastFailure: unknown;
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(parts: TransportParts, members: ReadonlySet<Member>) {
    this.#parts = parts;
    this.#members = members;
    void this.#listen();
  }

  /** A member that came later hears that everything is there already. */
  welcome(member: Member): void {
    if (this.#standing !== undefined) member.connected();
  }

  untilNextFrame(): Promise<void> | undefined {
    const rest = this.#lastFrameAt + frameMillis - performance.now();
    return rest <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, rest));
  }

  async publish(frame: Uint8Array): Promise<void> {
    const start = performance.now();
    this.#lastFrameAt = start;
    const session = this.#standing ?? (await this.#nextStanding());
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    const rest = publishMillis - (performance.now() - start);
    try {
      await within(rest, session.publish(bytes), 'Redis did not take a message of the bus within a second.');
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
  async #nextStanding(): Promise<Session> {
    if (!this.#isClosed) await this.#waitForStanding();
    if (this.#isClosed) throw new ClosedError();
    if (this.#standing !== undefined) return this.#standing;
    throw this.#lastFailure === undefined
      ? new StoreError(storeName, 'The bus is not connected to Redis yet: it keeps trying.')
      : toStoreError(this.#lastFailure);
  }

  async #waitForStanding(): Promise<void> {
    let wake = () => {};
    const stands = new Promise<void>((resolve) => {
      wake = resolve;
      this.#awaitingStanding.add(wake);
    });
    await within(publishMillis, stands, '').catch(() => {});
    this.#awaitingStanding.delete(wake);
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
      const session = this.#sessionOn(connection);
      await within(openingMillis, session.open(), 'Redis did not answer to a subscription of the bus.');
      if (this.#isClosed) return undefined;
      this.#stand(session);
      this.#tell((member) => member.connected());
      return await session.lost;
    } catch (error) {
      // Connecting failed if there is nothing else that did: once more from the beginning.
      if (this.#session === undefined) this.#connecting = undefined;
      return error;
    } finally {
      this.#session?.close();
      this.#session = undefined;
      if (this.#stand(undefined)) this.#tell((member) => member.disconnected());
    }
  }

  #sessionOn(connection: RedisConnection): Session {
    const { tracking, channelOn } = this.#parts;
    const session = new Session(
      { connection, channel: channelOn(connection), trackedBeginning: tracking?.beginningOn(connection) },
      {
        received: (frame) => this.#tell((member) => member.received(frame)),
        storeWrote: (keys) => this.#tellOfWrites(keys),
      },
    );
    this.#session = session;
    return session;
  }

  /** Answers whether there was one before. */
  #stand(standing: Session | undefined): boolean {
    const stood = this.#standing !== undefined;
    this.#standing = standing;
    if (standing !== undefined || this.#isClosed) for (const wake of this.#awaitingStanding) wake();
    return stood;
  }

  #tellOfWrites(keys: readonly Buffer[] | null): void {
    if (keys === null) {
      if (this.#standing === undefined) return;
      this.#tell((member) => member.disconnected());
      this.#tell((member) => member.connected());
      return;
    }
    const written: string[] = [];
    for (const name of keys) {
      const key = this.#parts.tracking?.keyIn(name.toString());
      if (key !== undefined) written.push(key);
    }
    if (written.length > 0) this.#tell((member) => member.storeWrote(written));
  }

  #tell(fact: (member: Member) => void): void {
    if (!this.#isClosed) for (const member of this.#members) fact(member);
  }
}
