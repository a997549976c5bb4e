import { setTimeout as elapsed } from 'node:timers/promises';
import { instant } from './recorder.mjs';

/** Random calls on the keys of one chapter. */
export class Calls {
  #entries;
  #counters;
  #recorder;
  #random;
  #name;
  #plan;
  #written = 0;
  #weighted;

  constructor({ cache, chapter, recorder, random, name, plan }) {
    this.#entries = cache.namespace(chapter);
    // `clear` leaves them alone.
    this.#counters = cache.namespace(`${chapter}-counters`);
    this.#recorder = recorder;
    this.#random = random;
    this.#name = name;
    this.#plan = plan;
    const kinds = [
      [2_400, this.#get],
      [800, this.#getEntry],
      [500, this.#getMany],
      [4_000, this.#getOrSet],
      [600, this.#set],
      [500, this.#delete],
      [100, this.#invalidateTags],
      [1, this.#clear],
      [800, this.#increment],
    ];
    if (typeof cache.lock === 'function') kinds.push([150, this.#lock]);
    const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
    this.#weighted = kinds.map(([weight, make]) => [weight / total, make]);
  }

  async one() {
    let left = this.#random();
    for (const [share, make] of this.#weighted) {
      left -= share;
      if (left < 0) return make.call(this);
    }
  }

  /** What the counters hold, straight from the store. */
  async sums(keys) {
    return Promise.all(keys.map((key) => this.#counters.increment(key, 0)));
  }

  #get() {
    const key = this.#key('ltrs');
    return this.#recorder.call('get', [key], () => this.#entries.get(key), seenIn);
  }

  #getEntry() {
    const key = this.#key('ltrs');
    const seen = (entry) => (entry === undefined ? {} : { seen: [{ ...entry.value, version: entry.version }] });
    return this.#recorder.call('getEntry', [key], () => this.#entries.getEntry(key), seen);
  }

  #getMany() {
    const keys = Array.from({ length: 8 }, () => this.#key('ltrs'));
    const seen = (values) => ({ seen: [...values.values()] });
    return this.#recorder.call('getMany', keys, () => this.#entries.getMany(keys), seen);
  }

  #getOrSet() {
    const key = this.#key('lllttttr');
    const options = {
      l: {},
      t: { tags: [`tag${Number(key.slice(1)) % this.#plan.tagCount}`] },
      r: { ttl: '1s', staleWhileRevalidate: '3s', refreshAhead: 0.5 },
    }[key[0]];
    const load = async () => {
      const at = instant();
      const number = ++this.#written;
      await elapsed(this.#loadMillis());
      this.#recorder.load(key, number, at, instant());
      return { key, by: this.#name, number, origin: 'loaded', at };
    };
    return this.#recorder.call('getOrSet', [key], () => this.#entries.getOrSet(key, load, options), seenIn);
  }

  #set() {
    const key = this.#key('s');
    const number = ++this.#written;
    const make = async (at) => {
      const stored = await this.#entries.set(key, { key, by: this.#name, number, origin: 'set', at });
      if (!stored) this.#recorder.storeFailed();
      return stored;
    };
    return this.#recorder.call('set', [key], make, () => ({}), { number });
  }

  #delete() {
    const key = this.#key('lltrs');
    return this.#recorder.call('delete', [key], () => this.#entries.delete(key));
  }

  #invalidateTags() {
    const tag = `tag${this.#below(this.#plan.tagCount)}`;
    const remove = this.#random() < 0.3;
    return this.#recorder.call('invalidateTags', [tag], () => this.#entries.invalidateTags([tag], { remove }));
  }

  #clear() {
    return this.#recorder.call('clear', [], () => this.#entries.clear());
  }

  #increment() {
    const key = `n${this.#below(this.#plan.counterCount)}`;
    const make = () => this.#counters.increment(key, 1, { ttl: 'never' });
    return this.#recorder.call('increment', [key], make, (sum) => ({ sum }));
  }

  #lock() {
    const name = `lock${this.#below(this.#plan.lockCount)}`;
    const make = () =>
      this.#counters.lock(name, { ttl: '1s', wait: '1s' }, async ({ fencingToken }) => {
        if (typeof fencingToken !== 'number') this.#recorder.crash(`lock gave the fencing token ${fencingToken}`);
        await elapsed(this.#below(30));
        return fencingToken;
      });
    return this.#recorder.call('lock', [name], make, (fencingToken) => ({ fencingToken }));
  }

  #key(letters) {
    const letter = letters[this.#below(letters.length)];
    return `${letter}${this.#below(this.#plan.families[letter].keys)}`;
  }

  #loadMillis() {
    return this.#random() < 0.03 ? this.#random() * this.#plan.slowestLoad : this.#random() * 30;
  }

  #below(count) {
    return Math.floor(this.#random() * count);
  }
}

function seenIn(value) {
  return value === undefined ? {} : { seen: [value] };
}
