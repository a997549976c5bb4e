import type { Bus, BusConnection, BusMember } from '../contracts/bus.js';
import type { Cancel, Millis } from '../contracts/time.js';
import { UnsupportedByStoreError } from '../errors.js';
import type { BusLinkParts } from './bus-link.js';
import { Members } from './members.js';
import { hearStoreWrites } from './store-writes.js';

export type BusEarParts = Pick<BusLinkParts, 'transport' | 'clock' | 'onDoubt' | 'onCaughtUp' | 'report' | 'splitKey'>;

/** Opens a bus on a transport that only tells what was written. Nothing here throws, or keeps the process alive. */
export function openBusEar(parts: BusEarParts): Bus {
  return new BusEar(parts);
}

/** While nothing is heard, memory is doubted anew so often: a row may have been read from the store in between. */
const tick: Millis = 500;

/** One process's end of a bus that nobody can speak on: the store tells of every write, this process's own included. */
class BusEar implements Bus {
  readonly isThere = false;
  readonly #parts: BusEarParts;
  readonly #connection: BusConnection;
  readonly #members = new Members();
  #isConnected = false;
  #isClosed = false;
  #cancelTick: Cancel;

  constructor(parts: BusEarParts) {
    this.#parts = parts;
    this.#connection = parts.transport.open({
      received() {},
      connected: () => this.#connected(),
      disconnected: () => this.#disconnected(),
      storeWrote: (keys) => this.#storeWrote(keys),
    });
    this.#cancelTick = this.#scheduleTick();
  }

  changed(): void {}
  filled(): void {}
  released(): void {}
  tagsInvalidated(): void {}
  cleared(): void {}

  async publish(): Promise<void> {
    const { name } = this.#parts.transport;
    throw new UnsupportedByStoreError(`The bus of the ${name} store tells of writes, and carries no messages.`);
  }

  join(namespace: string, member: BusMember): void {
    this.#members.join(namespace, member);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick();
    await this.#connection.close();
  }

  #connected(): void {
    if (this.#isClosed) return;
    if (!this.#isConnected) this.#parts.report({ type: 'connected' });
    this.#isConnected = true;
    this.#parts.onDoubt('connected');
    // There is nobody else to wait for.
    this.#parts.onCaughtUp();
  }

  #disconnected(): void {
    if (this.#isClosed || !this.#isConnected) return;
    this.#isConnected = false;
    this.#parts.report({ type: 'disconnected' });
    this.#parts.onDoubt('disconnected');
  }

  #storeWrote(physicalKeys: readonly string[]): void {
    if (!this.#isClosed) hearStoreWrites(physicalKeys, this.#parts, this.#members);
  }

  #scheduleTick(): Cancel {
    return this.#parts.clock.schedule(() => {
      this.#cancelTick = this.#scheduleTick();
      if (!this.#isConnected) this.#parts.onDoubt('disconnected');
    }, tick);
  }
}
