import type { Millis } from '../../src/contracts/time.js';
import { type Random, seededRandom } from '../../src/testing/seeded-random.js';
import type { CallRecord, FaultRecord, LoadRecord } from '../history/history.js';
import type { LockHold, RunHistory } from './checker.js';
import { options, promised, slowestLoad } from './promised.js';
import { type Cut, type Link, VirtualNetwork } from './virtual-network.js';
import { VirtualNode } from './virtual-node.js';
import { epoch, ProcessClock, VirtualTime } from './virtual-time.js';

const calmMillis = 1_000;
const stormMillis = 3_000;
const keys = ['l0', 'l1', 'l2', 't0', 't1', 'r0'] as const;
const cuts: readonly Cut[] = ['lost', 'refused', 'late'];
/** Which part of the kinds of calls are made. */
const shareOf = { all: 1, 'reads and loads': 0.6, reads: 0.2 } as const;
const longestClose = 2 * options.storeTimeout + 1_000;
const quiet = options.leaseLife + Math.max(promised.limitOf('getOrSet'), promised.limitOf('lock'));

/** What a run is like; all of it follows from the seed. */
export interface RunOptions {
  /** Are the clocks of the processes minutes apart? Only where the store tells its time. */
  readonly areClocksWrong: boolean;
}

interface Peer {
  readonly node: VirtualNode;
  readonly link: Link;
}

/**
 * Some processes, one store, one bus: calm at first, then a storm of faults, then whole again; calls all the while. What
 * happened is written down, and judged by nobody here.
 */
export class RandomRun {
  readonly #random: Random;
  readonly #time = new VirtualTime();
  readonly #network: VirtualNetwork;
  readonly #options: RunOptions;
  readonly #evicts: boolean;
  /** Little happens, so that each fault matters. */
  readonly #isGentle: boolean;
  readonly #nodes: Peer[] = [];
  readonly #calls: CallRecord[] = [];
  readonly #loads: LoadRecord[] = [];
  readonly #faults: FaultRecord[] = [];
  readonly #crashes: string[] = [];
  readonly #killed = new Map<string, Millis>();
  readonly #withoutMemory = new Set<string>();
  readonly #locks: LockHold[] = [];
  readonly #leasedLoads: LoadRecord[] = [];
  readonly #tasks: Promise<void>[] = [];
  #nodesMade = 0;
  #areCallsMade = true;
  /** What was missed in a storm shows only where nothing is written after it. */
  #kindsOfCalls: 'all' | 'reads and loads' | 'reads' = 'all';
  #pause = 200;

  constructor(seed: number, given: RunOptions) {
    this.#random = seededRandom(seed);
    this.#options = given;
    this.#evicts = this.#chance(0.2);
    this.#isGentle = this.#chance(0.5);
    this.#network = new VirtualNetwork(this.#time, this.#random, this.#evicts ? { evicts: true } : {});
    const count = this.#pick([2, 2, 3, 3, 4]);
    for (let node = 0; node < count; node++) this.#start();
  }

  async history(): Promise<RunHistory> {
    const unhandled = (reason: unknown) => this.#crashes.push(`unhandled rejection: ${String(reason)}`);
    process.on('unhandledRejection', unhandled);
    const { stackTraceLimit } = Error;
    // Nobody reads them, and each costs more than a call.
    Error.stackTraceLimit = 0;
    try {
      await this.#live();
      return await this.#judgeable();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      process.off('unhandledRejection', unhandled);
    }
  }

  async #live(): Promise<void> {
    await this.#pass(calmMillis);
    if (!this.#chance(0.1)) await this.#storm();
    this.#kindsOfCalls = this.#pick(['all', 'reads and loads', 'reads']);
    this.#pause = this.#pick([200, 400, 800]);
    await this.#pass(promised.heal);
    await this.#pass(calmMillis);
    this.#areCallsMade = false;
    await this.#pass(quiet);
  }

  async #storm(): Promise<void> {
    const start = this.#time.now;
    this.#strike();
    const end = start + stormMillis;
    while (this.#time.now < end) {
      await this.#pass(Math.min(end - this.#time.now, this.#random() * stormMillis));
      if (this.#time.now < end && !this.#isGentle) this.#strike();
    }
    for (const { link } of this.#nodes) this.#network.heal(link);
    this.#network.busCopies = 1;
    this.#network.store.thaw();
    this.#faults.push({ kind: 'storm', start, end: this.#time.now, ...this.#emptied });
  }

  #emptied: Pick<FaultRecord, 'emptied'> = {};

  #strike(): void {
    const [one, other] = [this.#pick(this.#nodes), this.#pick(this.#nodes)];
    const cut = this.#pick(cuts);
    const kind = this.#random();
    if (kind < 0.15) one.link.toStore = cut;
    else if (kind < 0.3) this.#network.cutBus(one.link, cut, this.#chance(0.5));
    else if (kind < 0.4) {
      one.link.toStore = cut;
      this.#network.cutBus(one.link, this.#pick(cuts), this.#chance(0.5));
    } else if (kind < 0.6) this.#loseFrames(one.link, other.link);
    else if (kind < 0.66) one.link.storeLoss = this.#random() / 2;
    else if (kind < 0.72) one.link.storeSlowness = 1 + this.#random() * 8;
    else if (kind < 0.76) this.#restartEmpty();
    else if (kind < 0.8) this.#freeze();
    else if (kind < 0.92) this.#kill(one);
    else this.#network.heal(one.link);
  }

  #loseFrames(...links: Link[]): void {
    for (const link of links) link.busLoss = this.#random() ** 2;
    this.#network.busCopies = 1 + this.#below(3);
  }

  #restartEmpty(): void {
    this.#network.store.restartEmpty();
    const from = this.#emptied.emptied?.from ?? this.#time.now;
    this.#emptied = { emptied: { from, until: this.#time.now } };
  }

  #freeze(): void {
    this.#network.store.freeze();
    this.#time.schedule(() => this.#network.store.thaw(), this.#random() * stormMillis);
  }

  /** What a process told last may be lost with it, and what the next one tells first. */
  #kill(struck: Peer): void {
    if (this.#chance(0.5)) this.#network.cutBus(struck.link, 'lost', false);
    if (this.#chance(0.3)) this.#loseFrames(this.#pick(this.#nodes).link);
    this.#time.schedule(() => {
      const at = this.#nodes.indexOf(struck);
      if (at < 0) return;
      this.#killed.set(struck.node.name, this.#time.now);
      struck.node.kill();
      this.#network.kill(struck.link);
      this.#nodes.splice(at, 1);
      this.#start();
    }, this.#random() * 800);
  }

  #start(): void {
    const link = this.#network.link();
    const name = `p${this.#nodesMade++}`;
    const offset = this.#options.areClocksWrong ? (this.#random() - 0.5) * 600_000 : 0;
    const rate = this.#options.areClocksWrong ? 1 + (this.#random() - 0.5) / 5_000 : 1;
    const hasMemory = this.#chance(0.8);
    if (!hasMemory) this.#withoutMemory.add(name);
    const node = new VirtualNode({
      name,
      time: this.#time,
      clock: new ProcessClock(this.#time, offset, rate),
      random: this.#random,
      store: this.#network.storeOf(link),
      bus: this.#network.busOf(link),
      hasMemory,
      onStoreError: this.#chance(0.5) ? 'degrade' : 'throw',
      records: {
        calls: this.#calls,
        loads: this.#loads,
        leasedLoads: this.#leasedLoads,
        locks: this.#locks,
        crashes: this.#crashes,
      },
    });
    this.#nodes.push({ node, link });
    for (let lane = 0; lane < 2; lane++) this.#tasks.push(this.#lane(node));
  }

  /** Makes one call after the other. */
  async #lane(node: VirtualNode): Promise<void> {
    for (;;) {
      await this.#time.sleep(this.#random() * 2 * this.#pause);
      if (!this.#areCallsMade || !node.isAlive) return;
      await this.#act(node);
    }
  }

  #act(node: VirtualNode): Promise<void> {
    const key = this.#pick(keys);
    const kind = this.#random() * shareOf[this.#kindsOfCalls];
    if (kind < 0.2) return node.get(key);
    if (kind < 0.6) return node.getOrSet(key);
    if (kind < 0.7) return node.set(key);
    if (kind < 0.73) return node.writeThrough(key);
    if (kind < 0.8) return node.delete(key);
    if (kind < 0.84) return node.invalidateTag();
    if (kind < 0.86) return node.clear();
    if (kind < 0.94) return this.#evicts ? node.get(key) : node.increment('n0');
    return this.#evicts ? node.get(key) : node.lock('k0', this.#random() * slowestLoad);
  }

  /** Reads all there is once more, and looks for what was left behind. */
  async #judgeable(): Promise<RunHistory> {
    const network = this.#network;
    const leases = (await network.store.standingLeases(epoch + this.#time.now)).filter((key) => !key.startsWith('#'));
    const alive = this.#nodes.map(({ node }) => node);
    const timers = alive.flatMap(({ name, timersTooMany }) => (timersTooMany > 0 ? [{ name, timersTooMany }] : []));
    for (let round = 0; round < 2; round++) {
      for (const node of alive) for (const key of keys) void node.get(key);
      await this.#pass(promised.limitOf('get'));
    }
    const sums = new Map<string, number | undefined>();
    if (!this.#evicts) void alive[0]?.sum('n0').then((sum) => sums.set('n0', sum));
    await this.#pass(promised.limitOf('get'));
    const hung = alive.flatMap((node) => node.unsettled());
    const closing = new Set(alive);
    for (const node of alive) void node.close().finally(() => closing.delete(node));
    await this.#pass(longestClose);
    return {
      history: {
        promised,
        calls: [...this.#calls, ...hung],
        loads: this.#loads,
        faults: this.#faults,
        stalls: [],
        crashes: this.#crashes,
        killed: this.#killed,
        withoutMemory: this.#withoutMemory,
        sums,
      },
      changes: network.store.changes,
      locks: this.#locks,
      leasedLoads: this.#evicts ? [] : this.#leasedLoads,
      clocksDiffer: this.#options.areClocksWrong,
      leftBehind: [
        ...leases.map((key) => `the lease ${key} stands in the store`),
        ...timers.map(({ name, timersTooMany }) => `${name} has ${timersTooMany} timers too many`),
        ...[...closing].map(({ name }) => `close() of ${name} hangs`),
        ...alive.filter(({ timers }) => timers > 0).map(({ name }) => `${name} has timers after close()`),
      ],
      trace: () => this.#trace(),
    };
  }

  #trace(): string[] {
    const calls = this.#calls.map((record) => [record.start, `call ${JSON.stringify(record)}`] as const);
    const loads = this.#loads.map((record) => [record.at, `load ${JSON.stringify(record)}`] as const);
    const faults = this.#faults.map((record) => [record.start, `fault ${JSON.stringify(record)}`] as const);
    const places = this.#network.store.changes.map((record) => [record.at, `store ${JSON.stringify(record)}`] as const);
    const nodes = this.#nodes.flatMap(({ node }) => node.trace);
    return [...calls, ...loads, ...faults, ...places, ...nodes]
      .sort(([one], [other]) => one - other)
      .map(([at, text]) => `${at.toFixed(2)} ${text}`);
  }

  async #pass(millis: Millis): Promise<void> {
    const end = this.#time.now + millis;
    if (this.#evicts && this.#areCallsMade) {
      for (let at = this.#time.now; at < end; at += 300) {
        await this.#time.run(Math.min(end, at + 300));
        if (this.#chance(0.3)) await this.#network.store.evict((all) => this.#pick(all), epoch + this.#time.now);
      }
    }
    await this.#time.run(end);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }
}
