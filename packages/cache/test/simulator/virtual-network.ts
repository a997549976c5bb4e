import type { BusListener, BusTransport } from '../../src/contracts/bus.js';
import type { Store, StoreCall, StoreCapabilities } from '../../src/contracts/store.js';
import type { Millis } from '../../src/contracts/time.js';
import { BusError, StoreError } from '../../src/errors.js';
import type { Random } from '../../src/testing/seeded-random.js';
import { VirtualStore } from './virtual-store.js';
import { epoch, type VirtualTime } from './virtual-time.js';

/** What becomes of what is sent through a link that is cut: lost without a word, refused, or delivered once it heals. */
export type Cut = 'lost' | 'refused' | 'late';

/** How one process reaches the others. */
export interface Link {
  isAlive: boolean;
  toStore: Cut | undefined;
  toBus: Cut | undefined;
  /** The share of requests to the store, and of answers, that are lost. */
  storeLoss: number;
  /** How much longer the way to the store takes. */
  storeSlowness: number;
  /** The share of frames that are lost on their way to this process. */
  busLoss: number;
  /** What arrives at the store, or comes back, when the link is whole again. */
  held: (() => void)[];
}

/** One way takes at most so long while nothing is broken. */
export const slowest = { store: 30, bus: 30 } as const;

interface Place {
  readonly link: Link;
  readonly listener: BusListener;
  isConnected: boolean;
}

/** What travels in here is delayed, and lost, repeated and overtaken where faults say so; a seed decides what and when. */
export class VirtualNetwork {
  readonly store: VirtualStore;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #capabilities: Partial<StoreCapabilities>;
  readonly #places = new Set<Place>();
  /** Frames arrive so many times at most. */
  busCopies = 1;

  constructor(time: VirtualTime, random: Random, capabilities: Partial<StoreCapabilities>) {
    this.#time = time;
    this.#random = random;
    this.#capabilities = capabilities;
    this.store = new VirtualStore(time);
  }

  link(): Link {
    return {
      isAlive: true,
      toStore: undefined,
      toBus: undefined,
      storeLoss: 0,
      storeSlowness: 1,
      busLoss: 0,
      held: [],
    };
  }

  /** Cuts the bus of one process off; some transports notice, and some do not. */
  cutBus(link: Link, cut: Cut, isTold: boolean): void {
    link.toBus = cut;
    if (!isTold) return;
    for (const place of this.#placesOf(link)) {
      place.isConnected = false;
      place.listener.disconnected();
    }
  }

  heal(link: Link): void {
    link.toStore = undefined;
    link.toBus = undefined;
    link.storeLoss = 0;
    link.storeSlowness = 1;
    link.busLoss = 0;
    const { held } = link;
    link.held = [];
    for (const deliver of held) deliver();
    for (const place of this.#placesOf(link)) if (!place.isConnected) this.#connect(place);
  }

  kill(link: Link): void {
    link.isAlive = false;
    for (const place of this.#placesOf(link)) this.#places.delete(place);
  }

  storeOf(link: Link): Store {
    const road = new Road(this.#time, this.#random, this.store, link);
    const reads = () => this.store.reads;
    const store = {
      name: 'virtual',
      capabilities: { ...capabilities, ...this.#capabilities },
      get: (keys: readonly string[], call: StoreCall) => road.read(() => reads().get(keys, call)),
      set: (writes: Parameters<Store['set']>[0], call: StoreCall) => road.write(() => this.store.set(writes, call)),
      delete: (keys: readonly string[], call: StoreCall) => road.write(() => this.store.remove(keys, call)),
      modify: (...[key, change, call]: Parameters<Store['modify']>) =>
        road.write(() => this.store.modify(key, change, call, this.#random() < 0.1)),
      scan: (...given: Parameters<Store['scan']>) => road.read(() => reads().scan(...given)),
      byIndex: (...given: Parameters<Store['byIndex']>) => road.read(() => reads().byIndex(...given)),
      prune: (...given: Parameters<Store['prune']>) => road.write(() => reads().prune(...given)),
      close: () => Promise.resolve(),
      /** What every process can ask, so that it need not believe its own clock. */
      time: () => road.read(async () => ({ time: epoch + this.#time.now, error: 0 })),
    };
    return store;
  }

  busOf(link: Link): BusTransport {
    return {
      name: 'virtual',
      open: (listener) => {
        const place: Place = { link, listener, isConnected: false };
        this.#places.add(place);
        this.#connect(place);
        return {
          publish: (frame) => this.#publish(place, Uint8Array.from(frame)),
          close: async () => {
            this.#places.delete(place);
          },
        };
      },
    };
  }

  #connect(place: Place): void {
    this.#time.schedule(() => {
      if (!this.#places.has(place) || place.link.toBus !== undefined || place.isConnected) return;
      place.isConnected = true;
      place.listener.connected();
    }, this.#delay());
  }

  async #publish(place: Place, frame: Uint8Array): Promise<void> {
    await this.#time.sleep(this.#delay() / 4);
    const { toBus } = place.link;
    if (toBus === 'refused') throw new BusError('refused');
    // Never answered, or taken for sent: nobody gets it.
    if (toBus === 'late') return new Promise(() => {});
    if (toBus === 'lost') return;
    for (const each of this.#places) this.#carry(each, frame);
  }

  #carry(place: Place, frame: Uint8Array): void {
    const copies = 1 + Math.floor(this.#random() * this.busCopies);
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < place.link.busLoss) continue;
      this.#time.schedule(() => {
        if (!this.#places.has(place) || place.link.toBus !== undefined || !place.isConnected) return;
        place.listener.received(frame);
      }, this.#delay());
    }
  }

  #placesOf(link: Link): Place[] {
    return [...this.#places].filter((place) => place.link === link);
  }

  #delay(): Millis {
    // Mostly fast, so that it overtakes answers of the store, and what is slow is overtaken.
    return slowest.bus * this.#random() ** 3;
  }
}

const capabilities: StoreCapabilities = {
  persistent: true,
  shared: true,
  synchronousReads: false,
  atomicWrites: true,
  scan: 'once',
  index: true,
  expiry: 'exact',
  limits: { keyBytes: Number.MAX_SAFE_INTEGER, valueBytes: Number.MAX_SAFE_INTEGER },
};

/** The way of one process to the store. Writes arrive in the order in which they left; reads overtake, and are overtaken. */
class Road {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #store: VirtualStore;
  readonly #link: Link;
  #lastWrite: Millis = 0;

  constructor(time: VirtualTime, random: Random, store: VirtualStore, link: Link) {
    this.#time = time;
    this.#random = random;
    this.#store = store;
    this.#link = link;
  }

  read<T>(work: () => Promise<T>): Promise<T> {
    return this.#send(work, this.#time.now + this.#delay());
  }

  write<T>(work: () => Promise<T>): Promise<T> {
    this.#lastWrite = Math.max(this.#lastWrite, this.#time.now + this.#delay());
    return this.#send(work, this.#lastWrite);
  }

  #send<T>(work: () => Promise<T>, arrival: Millis): Promise<T> {
    const { life } = this.#store;
    return new Promise((resolve, reject) => {
      const fail = () => this.#time.schedule(() => reject(new StoreError('virtual', 'connection lost')), this.#delay());
      const arrive = () =>
        this.#store.whenRunning(() => {
          if (this.#store.life !== life) return fail();
          return work().then(
            (answer) => this.#answer(() => resolve(answer), fail),
            (error) => this.#answer(() => reject(error), fail),
          );
        });
      this.#pass(() => this.#time.schedule(arrive, arrival - this.#time.now), fail);
    });
  }

  /** The way back: what is lost here has happened all the same. */
  #answer(tell: () => void, fail: () => void): void {
    this.#pass(() => this.#time.schedule(tell, this.#delay()), fail);
  }

  #pass(go: () => void, fail: () => void): void {
    const { toStore, storeLoss } = this.#link;
    const isLost = storeLoss > 0 && this.#random() < storeLoss;
    if (toStore === undefined && !isLost) go();
    else if (toStore === 'late') this.#link.held.push(go);
    else if (toStore === 'refused' || (isLost && this.#random() < 0.7)) fail();
  }

  #delay(): Millis {
    return slowest.store * this.#link.storeSlowness * this.#random();
  }
}
