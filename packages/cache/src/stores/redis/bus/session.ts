import { StoreError } from '../../../errors.js';
import type { RedisConnection, Reply, Subscriber } from '../connection.js';
import { storeName } from '../redis-errors.js';
import { bucketOfChannel, channelInBucket } from './channel.js';
import { areSamePlaces, type Place, placesToListen } from './places.js';
import { trackWrites } from './tracking.js';

export interface SessionPlan {
  readonly connection: RedisConnection;
  readonly channel: string;
  /** What the keys begin with of whose writes Redis is to tell; `undefined` if of none. */
  readonly trackedBeginning: string | undefined;
}

export interface SessionEar {
  received(frame: Uint8Array): void;
  /** `null`: everything may have been written. */
  storeWrote(keys: readonly Buffer[] | null): void;
}

/** How often it is asked whether everything still stands. What was not answered by the next time has ended. */
const beatMillis = 1_000;

/** One time of listening, from the subscription to the first thing that goes wrong, with which all of it ends. */
export class Session {
  /** Resolves with the reason, and never rejects. */
  readonly lost: Promise<unknown>;
  readonly #plan: SessionPlan;
  readonly #ear: SessionEar;
  /** Its name in Redis. */
  readonly #channel: string;
  readonly #end = new AbortController();
  readonly #subscribers: Subscriber[] = [];
  #places: readonly Place[] = [];
  #isSharded = false;
  #isAwaitingAnswers = false;
  #timer: NodeJS.Timeout | undefined;
  #resolveLost: (reason: unknown) => void = () => {};

  constructor(plan: SessionPlan, ear: SessionEar) {
    this.#plan = plan;
    this.#ear = ear;
    const { connection, channel } = plan;
    this.#channel = connection.isCluster ? channelInBucket(channel, bucketOfChannel(channel)) : channel;
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  /** Resolves when every subscription is acknowledged. To be closed also if it rejects. */
  async open(): Promise<void> {
    this.#places = await this.#findPlaces();
    const lost = this.lost.then((reason) => Promise.reject(reason));
    await Promise.race([lost, Promise.all(this.#places.map((place) => this.#listenAt(place)))]);
    if (this.#end.signal.aborted) return;
    this.#timer = setInterval(() => this.#beat(), beatMillis).unref();
  }

  /** Rejects with the client's own error. */
  async publish(frame: Buffer): Promise<void> {
    const command = this.#isSharded ? 'SPUBLISH' : 'PUBLISH';
    await this.#plan.connection.send(this.#channel, command, [this.#channel, frame], 'writes');
  }

  close(reason?: unknown): void {
    clearInterval(this.#timer);
    this.#end.abort();
    this.#resolveLost(reason);
  }

  #findPlaces(): Promise<Place[]> {
    const { connection, channel, trackedBeginning } = this.#plan;
    return placesToListen(connection, { channel, tracking: trackedBeginning !== undefined });
  }

  async #listenAt({ node, carriesFrames }: Place): Promise<void> {
    this.#end.signal.throwIfAborted();
    const subscriber = await node.listen(this.#end.signal);
    this.#subscribers.push(subscriber);
    void subscriber.lost.then((reason) => this.close(reason));
    const { trackedBeginning } = this.#plan;
    if (trackedBeginning !== undefined) {
      await trackWrites(subscriber, trackedBeginning, (keys) => this.#ear.storeWrote(keys));
    }
    if (carriesFrames) await this.#subscribe(subscriber);
  }

  async #subscribe(subscriber: Subscriber): Promise<void> {
    const heard = (message: Reply) => {
      if (Buffer.isBuffer(message)) this.#ear.received(message);
    };
    if (this.#plan.connection.isCluster) {
      try {
        await subscriber.subscribe(this.#channel, 'SSUBSCRIBE', heard);
        this.#isSharded = true;
        return;
      } catch (error) {
        if (!isUnknownCommand(error)) throw error;
      }
    }
    await subscriber.subscribe(this.#channel, 'SUBSCRIBE', heard);
  }

  #beat(): void {
    if (!this.#isAwaitingAnswers) {
      this.#isAwaitingAnswers = true;
      void this.#ask();
      return;
    }
    // Perhaps this process was the slow one: judge when it has read what has arrived meanwhile.
    setImmediate(() => {
      if (this.#isAwaitingAnswers) this.close(new StoreError(storeName, 'Redis has not answered for a second.'));
    });
  }

  async #ask(): Promise<void> {
    try {
      await Promise.all(this.#subscribers.map((subscriber) => subscriber.ping()));
      if (this.#plan.connection.isCluster && !areSamePlaces(this.#places, await this.#findPlaces())) {
        throw new StoreError(storeName, 'The Redis Cluster has changed.');
      }
      this.#isAwaitingAnswers = false;
    } catch (error) {
      this.close(error);
    }
  }
}

/** Before Redis 7. */
function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && /unknown command/i.test(error.message);
}
