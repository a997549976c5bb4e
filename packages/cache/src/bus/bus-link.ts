import type { Bus, BusConnection, BusDoubt, BusFact, BusMember, BusTransport, PhysicalKey } from '../contracts/bus.js';
import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { BusError, ClosedError } from '../errors.js';
import { isFrameOf, randomNode, writeHeader } from './frame.js';
import { FrameLane } from './frame-lane.js';
import { readFrame } from './frame-reader.js';
import { Hearing } from './hearing.js';
import { Members } from './members.js';
import { Outbox } from './outbox.js';
import { PeerTable } from './peer-table.js';
import { refuseLongMessage } from './refuse-long-message.js';
import { hearStoreWrites } from './store-writes.js';

export interface BusLinkParts {
  readonly transport: BusTransport;
  readonly clock: Clock;
  /** This process's clock: not earlier than the stamp of any write that was told of. */
  readonly stamp: () => Millis;
  /** Takes the clock of another process. */
  readonly witness: (time: Millis) => void;
  /**
   * Memory must not be trusted before the store has been asked; that includes what is being read at the moment. Comes
   * before the members hear of the frame that gave cause to it.
   */
  readonly onDoubt: (why: BusDoubt) => void;
  /** After a doubt for which nothing was heard: whoever was there is heard again, or was found silent. */
  readonly onCaughtUp: () => void;
  readonly report: (fact: BusFact) => void;
  /** Splits the keys that a store tells of; `undefined` for keys of others. */
  readonly splitKey: (physicalKey: string) => PhysicalKey | undefined;
  /** The other processes hear of this one at least that often; a whole number from 2 to 2^32 - 1. Default: 1,000. */
  readonly heartbeat?: Millis;
  /** Eight characters up to U+00FF that no other process has. Default: random ones. */
  readonly node?: string;
  /** How many names may wait to be told. Default: 50,000. */
  readonly namesAtMost?: number;
}

/** Opens a bus on a transport. Nothing here throws, or keeps the process alive. */
export function openBus(parts: BusLinkParts): Bus {
  return new BusLink(parts);
}

/** One process's end of the bus: what it tells goes out by a {@link FrameLane}, what it hears goes to {@link Members}. */
class BusLink implements Bus {
  readonly isThere = true;
  readonly #parts: BusLinkParts;
  readonly #node: string;
  readonly #heartbeat: Millis;
  readonly #connection: BusConnection;
  readonly #outbox: Outbox;
  readonly #lane: FrameLane;
  readonly #peers: PeerTable;
  readonly #hearing = new Hearing();
  readonly #members = new Members();
  #cancelTick: Cancel;
  #unreadableInTick = 0;
  #isCatchingUp = false;
  #closed: Promise<void> | undefined;

  constructor(parts: BusLinkParts) {
    this.#parts = parts;
    this.#node = parts.node ?? randomNode();
    this.#heartbeat = parts.heartbeat ?? 1_000;
    this.#outbox = new Outbox(parts.namesAtMost);
    this.#peers = new PeerTable({ tick: this.#heartbeat / 2 });
    this.#lane = new FrameLane({
      outbox: this.#outbox,
      stamp: (frame, fields) =>
        writeHeader(frame, { ...fields, node: this.#node, heartbeat: this.#heartbeat, clock: parts.stamp() }),
      publish: (frame) => this.#connection.publish(frame),
      untilNextFrame: () => this.#connection.untilNextFrame?.(),
      failing: (error) => parts.report({ type: 'publish-failed', error }),
      overflowed: () => parts.report({ type: 'overflow' }),
    });
    this.#connection = parts.transport.open({
      received: (frame) => this.#received(frame),
      connected: () => this.#connected(),
      disconnected: () => this.#disconnected(this.#hearing.disconnected()),
      storeWrote: (keys) => this.#storeWrote(keys),
    });
    this.#cancelTick = this.#scheduleTick();
  }

  changed(namespace: string, keys: readonly string[]): void {
    if (this.#isClosed) return;
    this.#outbox.changed(namespace, keys);
    this.#lane.wake();
  }

  filled(namespace: string, keys: readonly string[]): void {
    if (this.#isClosed) return;
    this.#outbox.filled(namespace, keys);
    this.#lane.wake();
  }

  released(namespace: string, names: readonly string[]): void {
    if (this.#isClosed) return;
    this.#outbox.released(namespace, names);
    this.#lane.wake();
  }

  tagsInvalidated(namespace: string, tags: readonly string[], time: Millis, remove: boolean): void {
    if (this.#isClosed) return;
    this.#outbox.tagsInvalidated(namespace, tags, time, remove);
    this.#lane.wake();
  }

  cleared(namespace: string, time: Millis): void {
    if (this.#isClosed) return;
    this.#outbox.cleared(namespace, time);
    this.#lane.wake();
  }

  async publish(namespace: string, channel: string, message: Uint8Array): Promise<void> {
    if (this.#isClosed) throw new ClosedError();
    refuseLongMessage(namespace, channel, message);
    if (this.#lane.isFailing)
      throw new BusError('The bus cannot be reached at the moment: the message reaches nobody.');
    await new Promise<void>((sent, failed) => {
      const bytes = new Uint8Array(message);
      if (this.#outbox.message({ namespace, channel, bytes, sent, failed })) this.#lane.wake();
      else failed(new BusError('More messages wait for the bus than it can send: publish fewer, or await each.'));
    });
  }

  join(namespace: string, member: BusMember): void {
    this.#members.join(namespace, member);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #isClosed(): boolean {
    return this.#closed !== undefined;
  }

  async #close(): Promise<void> {
    this.#cancelTick();
    await this.#within(longestFarewell, this.#lane.sayFarewell());
    this.#lane.giveUp();
    await this.#within(longestFarewell, this.#connection.close());
  }

  /** Waits for its end, however it ends, but no longer than so many milliseconds. */
  #within(millis: Millis, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.schedule(resolve, millis);
      const end = (): void => {
        cancel();
        resolve();
      };
      work.then(end, end);
    });
  }

  #received(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (isFrameOf(this.#node, frame)) {
      if (this.#hearing.echo()) this.#hearsAgain();
      return;
    }
    const read = readFrame(frame, this.#members.isAnybodyIn);
    if (!read.ok) {
      this.#parts.report({ type: 'unreadable', reason: read.reason });
      this.#doubtUnreadable();
      return;
    }
    const { header, actions } = read;
    this.#parts.witness(header.clock);
    const { isNews, doubt } = this.#peers.hear(header);
    if (doubt !== undefined) this.#parts.onDoubt(doubt);
    if (!isNews) return;
    if (read.tellsMore) this.#doubtUnreadable();
    for (const action of actions) this.#members.tell(action, header.clock);
    this.#lookWhetherCaughtUp();
  }

  /** What the others could not send while nothing was heard comes with the first frame that is heard of each. */
  #catchUp(): void {
    this.#parts.onDoubt('connected');
    this.#isCatchingUp = true;
    this.#peers.awaitAll();
    this.#lookWhetherCaughtUp();
  }

  #lookWhetherCaughtUp(): void {
    if (!this.#isCatchingUp || !this.#hearing.isThere || this.#peers.awaitsSomebody) return;
    this.#isCatchingUp = false;
    this.#parts.onCaughtUp();
  }

  /** At once, and then once a tick: those who speak of what is not understood here do so often. */
  #doubtUnreadable(): void {
    if (this.#unreadableInTick++ === 0) this.#parts.onDoubt('unreadable');
  }

  #connected(): void {
    if (this.#isClosed) return;
    if (this.#hearing.connected()) this.#parts.report({ type: 'connected' });
    this.#catchUp();
    // The others shall know of this process before it has anything to tell, and its echo show that it is heard.
    this.#lane.sayHello();
  }

  #hearsAgain(): void {
    this.#parts.report({ type: 'connected' });
    this.#catchUp();
  }

  #disconnected(isNews: boolean): void {
    if (!isNews || this.#isClosed) return;
    this.#parts.report({ type: 'disconnected' });
    this.#parts.onDoubt('disconnected');
  }

  #storeWrote(physicalKeys: readonly string[]): void {
    if (!this.#isClosed) hearStoreWrites(physicalKeys, this.#parts, this.#members);
  }

  #scheduleTick(): Cancel {
    return this.#parts.clock.schedule(() => {
      this.#cancelTick = this.#scheduleTick();
      this.#tick();
    }, this.#heartbeat / 2);
  }

  #tick(): void {
    this.#lane.tick();
    if (this.#hearing.tick()) this.#parts.report({ type: 'disconnected' });
    // Whoever hears nothing cannot say who is silent; and what the others repeat later on is no gap then.
    const isSilence = this.#hearing.isThere && this.#peers.tick();
    const isUnreadable = this.#unreadableInTick > 1;
    this.#unreadableInTick = 0;
    if (!this.#hearing.isThere) this.#parts.onDoubt('disconnected');
    else if (isSilence) this.#parts.onDoubt('silence');
    else if (isUnreadable) this.#parts.onDoubt('unreadable');
    this.#lookWhetherCaughtUp();
  }
}

/** How long closing waits for a farewell to be taken, and for the connection to end: the others do without either. */
const longestFarewell = 500;
