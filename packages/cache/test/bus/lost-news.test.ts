import { describe, expect, it } from 'vitest';
import type { BusDoubt } from '../../src/contracts/bus.js';
import { fakeClock, type Random, seededRandom } from '../../src/testing/index.js';
import { Network } from './network.js';
import { namespace, openParty, type Party, settled } from './party.js';

const names = ['p', 'q', 'r', 's'];
const step = 100;
const calm = 1_500;
const storm = 6_000;
const boundAfterHeal = 3_000;
/** Until what was under way when the network healed has come. */
const latency = 400;

interface Told {
  readonly key: string;
  readonly by: string;
  readonly at: number;
  /** How many doubts each of the others had had by then. */
  readonly doubtsBefore: ReadonlyMap<string, number>;
}

/** A storm, and what came of it. */
class Voyage {
  readonly #clock = fakeClock(0);
  readonly #network = new Network(this.#clock);
  readonly #random: Random;
  readonly #parties = new Map<string, Party>();
  readonly #told: Told[] = [];
  readonly #killed = new Set<string>();
  /** When the last frame of one came to the other. */
  readonly #heardAt = new Map<string, number>();
  readonly #ignored: BusDoubt | undefined;
  /** Little happens, so that each doubt matters: in the thick of a storm there is always another. */
  readonly #isGentle: boolean;

  constructor(seed: number, ignored?: BusDoubt) {
    this.#random = seededRandom(seed);
    this.#ignored = ignored;
    this.#isGentle = seed % 2 === 1;
    this.#network.delivered = (from, to) => this.#heardAt.set(`${from} ${to}`, this.#clock.now());
    for (const name of names) this.#parties.set(name, this.#open(name));
  }

  /** News that somebody neither heard nor had cause to doubt since, within the bound. */
  async missed(): Promise<string[]> {
    await this.#sail(calm);
    this.#break();
    await this.#sail(storm, () => this.#act());
    this.#heal();
    await this.#sail(boundAfterHeal + latency);
    return this.#told.flatMap((told) =>
      names.filter((name) => this.#isMissed(told, name)).map((name) => `${name}: ${told.key}`),
    );
  }

  get counts(): { told: number; doubts: number; killed: number } {
    const doubts = [...this.#parties.values()].reduce((sum, party) => sum + party.doubts.length, 0);
    return { told: this.#told.length, doubts, killed: this.#killed.size };
  }

  #open(name: string): Party {
    return openParty(this.#network.transport(name), this.#clock, { namesAtMost: 12 });
  }

  async #sail(milliseconds: number, act = (): void => {}): Promise<void> {
    await settled();
    for (let left = milliseconds; left > 0; left -= step) {
      act();
      await settled();
      this.#clock.advance(step);
      await settled();
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #act(): void {
    for (const [name, { bus }] of this.#parties) {
      if (this.#killed.has(name)) continue;
      for (let count = this.#chance(0.3) ? 1 + Math.floor(this.#random() * 5) : 0; count > 0; count--) {
        const key = `${name}${this.#told.length}`;
        const doubtsBefore = new Map(names.map((each) => [each, this.#doubtsOf(each)]));
        this.#told.push({ key, by: name, at: this.#clock.now(), doubtsBefore });
        bus.changed(namespace, [key]);
      }
      if (this.#chance(0.004)) this.#kill(name);
      if (this.#isGentle) continue;
      if (this.#chance(0.002)) this.#network.tell(name, (listener) => listener.disconnected());
      if (this.#chance(0.02)) this.#network.tell(name, (listener) => listener.connected());
    }
  }

  #kill(name: string): void {
    this.#killed.add(name);
    this.#network.kill(name);
  }

  #break(): void {
    const loss = this.#random() * (this.#isGentle ? 0.2 : 0.7);
    const refusals = !this.#isGentle && this.#chance(0.5) ? this.#random() * 0.7 : 0;
    const cut = !this.#isGentle && this.#chance(0.5) ? names[Math.floor(this.#random() * names.length)] : undefined;
    this.#network.route = (from, to) => {
      if (from !== to && (from === cut || to === cut)) return [];
      if (this.#chance(loss)) return [];
      const delay = (): number => (this.#isGentle || this.#chance(0.5) ? 1 : Math.floor(this.#random() * latency));
      return this.#chance(0.1) ? [delay(), delay()] : [delay()];
    };
    const answer = async (share: number): Promise<void> => {
      if (!this.#chance(share)) return;
      if (this.#chance(0.05)) await new Promise(() => {});
      throw new Error('refused');
    };
    this.#network.accept = () => answer(refusals);
    this.#network.acknowledge = () => answer(refusals / 2);
  }

  #heal(): void {
    this.#network.route = () => [1];
    this.#network.accept = () => Promise.resolve();
    this.#network.acknowledge = () => Promise.resolve();
  }

  #doubtsOf(name: string): number {
    return this.#parties.get(name)?.doubts.filter(({ why }) => why !== this.#ignored).length ?? 0;
  }

  #isMissed({ key, by, at, doubtsBefore }: Told, name: string): boolean {
    if (name === by || this.#killed.has(name)) return false;
    const heard = this.#parties.get(name)?.heard ?? [];
    if (heard.some((line) => line.startsWith('changed ') && line.split(' ').includes(key))) return false;
    if (this.#doubtsOf(name) > (doubtsBefore.get(name) ?? 0)) return false;
    return !(this.#killed.has(by) && this.#wasUnknown(by, name, at));
  }

  /** Nobody can miss a process that it has not heard for so long that it has forgotten it. */
  #wasUnknown(by: string, name: string, at: number): boolean {
    return at - (this.#heardAt.get(`${by} ${name}`) ?? 0) > 2_000;
  }
}

describe('news that is lost', () => {
  const seeds = Array.from({ length: 120 }, (_, seed) => seed);

  it('leaves nobody without doubt for longer than three heartbeats after the network has healed', async () => {
    const total = { told: 0, doubts: 0, killed: 0 };
    for (const seed of seeds) {
      const voyage = new Voyage(seed);
      expect(await voyage.missed(), `seed ${seed}`).toEqual([]);
      for (const name of ['told', 'doubts', 'killed'] as const) total[name] += voyage.counts[name];
    }
    // Otherwise there was nothing to see.
    expect(total.told).toBeGreaterThan(50 * seeds.length);
    expect(total.doubts).toBeGreaterThan(10 * seeds.length);
    expect(total.killed).toBeGreaterThan(seeds.length / 10);
  });

  it.each(['gap', 'silence', 'new-epoch'] as const)('would be missed by whoever ignored "%s"', async (why) => {
    let missed = 0;
    for (const seed of seeds) {
      missed += (await new Voyage(seed, why).missed()).length;
      if (missed > 0) break;
    }
    expect(missed).toBeGreaterThan(0);
  });
});
