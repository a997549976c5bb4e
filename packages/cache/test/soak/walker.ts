import assert from 'node:assert/strict';
import type { Cache } from '../../src/contracts/cache.js';
import type { StoreCapabilities } from '../../src/contracts/store.js';
import type { FakeClock } from '../../src/testing/fake-clock.js';
import type { Random } from '../../src/testing/seeded-random.js';
import { type ModelEntry, PlainModel } from './plain-model.js';

export interface WalkerParts {
  /** A namespace of the walker's own. */
  readonly cache: Cache;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly capabilities: Pick<StoreCapabilities, 'scan' | 'index' | 'evicts'>;
}

const keys = ['a', 'b', 'c:d', '1:a', 'é', 'e\u0301', '{brace}', 'x'.repeat(300)] as const;
const tags = ['red', 'blue', 'green'] as const;
const groups = ['one', 'two'] as const;
const values: readonly unknown[] = [
  0,
  5,
  '',
  'text',
  false,
  null,
  { a: 1, deep: { list: [1, 2, 3] } },
  [undefined, -0],
  new Date(3),
  new Map([[1, new Set([2n])]]),
  new Uint8Array([1, 2, 255]),
  'y'.repeat(5_000),
];

/** Makes one call after the other on its namespace, and compares each answer with what the model says. */
export class Walker {
  readonly #cache: Cache;
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #model: PlainModel;
  readonly #operations: readonly (() => Promise<void>)[];
  readonly #trail: string[] = [];
  readonly #evicts: boolean;

  constructor({ cache, clock, random, capabilities }: WalkerParts) {
    this.#cache = cache;
    this.#clock = clock;
    this.#random = random;
    this.#model = new PlainModel(() => clock.now());
    this.#evicts = capabilities.evicts === true;
    const often = [this.#get, this.#set, this.#getOrSet, this.#delete, this.#increment];
    const sometimes = [this.#add, this.#touch, this.#getMany, this.#setMany, this.#update, this.#setIfVersion];
    const seldom = [this.#invalidateTags, this.#clear];
    if (capabilities.scan !== false) seldom.push(this.#listKeys, this.#deleteMatching);
    if (capabilities.index) seldom.push(this.#getKeysByIndex, this.#deleteByIndex);
    this.#operations = [
      ...repeat(often, 12),
      ...repeat(sometimes, 5),
      ...repeat(seldom.slice(0, 2), 1),
      ...repeat(seldom.slice(2), 1),
    ];
  }

  async step(): Promise<void> {
    const operation = this.#one(this.#operations);
    try {
      await operation.call(this);
    } catch (error) {
      throw new Error(`Divergence after: ${this.#trail.slice(-20).join(', ')}`, { cause: error });
    }
  }

  async #get(): Promise<void> {
    const key = this.#key('get');
    assert.deepStrictEqual(await this.#cache.get(key), this.#model.live(key)?.value);
  }

  async #set(): Promise<void> {
    const key = this.#key('set');
    const entry = this.#entry();
    const { created } = await this.#cache.setEntry(key, entry.value, this.#optionsOf(entry));
    assert.equal(created, this.#model.live(key) === undefined);
    this.#model.put(key, entry);
  }

  async #add(): Promise<void> {
    const key = this.#key('add');
    const entry = this.#entry();
    const isAbsent = this.#model.live(key) === undefined;
    assert.equal(await this.#cache.add(key, entry.value, this.#optionsOf(entry)), isAbsent);
    if (isAbsent) this.#model.put(key, entry);
  }

  async #setIfVersion(): Promise<void> {
    const key = this.#key('set if version');
    const { version } = (await this.#cache.getEntry(key)) ?? {};
    const entry = this.#entry();
    const isRight = this.#random() < 0.7;
    const ifVersion = isRight ? (version ?? 'none') : `${version}x`;
    const stored = await this.#cache.set(key, entry.value, { ...this.#optionsOf(entry), ifVersion });
    assert.equal(stored, isRight && version !== undefined);
    if (stored) this.#model.put(key, entry);
  }

  async #getOrSet(): Promise<void> {
    const key = this.#key('getOrSet');
    const live = this.#model.live(key);
    const entry = this.#entry();
    const answer = await this.#cache.getOrSet(key, () => entry.value, this.#optionsOf(entry));
    assert.deepStrictEqual(answer, (live ?? entry).value);
    if (live !== undefined) return;
    // Where records may vanish, a tag that nothing is known of counts as invalidated just now, and what was being loaded
    // with it is answered and not kept.
    const isKept = !this.#evicts || entry.tags.length === 0 || (await this.#cache.get(key)) !== undefined;
    if (isKept) this.#model.put(key, entry);
  }

  async #delete(): Promise<void> {
    const key = this.#key('delete');
    assert.equal(await this.#cache.delete(key), this.#model.delete(key));
  }

  async #increment(): Promise<void> {
    const key = this.#key('increment');
    const by = Math.floor(this.#random() * 7) - 3;
    const live = this.#model.live(key);
    const sum = this.#cache.increment(key, by, { ttl: '20m' });
    if (live !== undefined && !Number.isSafeInteger(live.value)) {
      await assert.rejects(sum, { code: 'LARDER_NOT_AN_INTEGER' });
      return;
    }
    const expected = ((live?.value as number | undefined) ?? 0) + by;
    assert.equal(await sum, expected);
    const fresh: ModelEntry = { value: 0, until: this.#clock.now() + 20 * 60_000, tags: [], group: undefined };
    this.#model.put(key, { ...(live ?? fresh), value: expected });
  }

  async #update(): Promise<void> {
    const key = this.#key('update');
    const live = this.#model.live(key);
    const isObject = live !== undefined && (live.value as { deep?: unknown } | null)?.deep !== undefined;
    if (!isObject) return;
    const changed = { ...(live.value as object), b: this.#random() };
    assert.deepStrictEqual(await this.#cache.update(key, { b: changed.b }), changed);
    this.#model.put(key, { ...live, value: changed });
  }

  async #touch(): Promise<void> {
    const key = this.#key('touch');
    const live = this.#model.live(key);
    assert.equal(await this.#cache.touch(key, '15m'), live !== undefined);
    if (live !== undefined) this.#model.put(key, { ...live, until: this.#clock.now() + 15 * 60_000 });
  }

  async #getMany(): Promise<void> {
    this.#note('getMany');
    const expected = keys.flatMap((key) => {
      const live = this.#model.live(key);
      return live === undefined ? [] : ([[key, live.value]] as const);
    });
    assert.deepStrictEqual(await this.#cache.getMany(keys), new Map<string, unknown>(expected));
  }

  async #setMany(): Promise<void> {
    this.#note('setMany');
    const entry = this.#entry();
    const written = keys.filter(() => this.#random() < 0.4);
    await this.#cache.setMany(
      written.map((key) => [key, entry.value] as const),
      this.#optionsOf(entry),
    );
    for (const key of written) this.#model.put(key, entry);
  }

  async #invalidateTags(): Promise<void> {
    const tag = this.#one(tags);
    this.#note(`invalidate ${tag}`);
    await this.#cache.invalidateTags([tag]);
    this.#model.deleteWhere((entry) => entry.tags.includes(tag));
  }

  async #clear(): Promise<void> {
    this.#note('clear');
    await this.#cache.clear();
    this.#model.deleteWhere(() => true);
  }

  async #listKeys(): Promise<void> {
    this.#note('keys');
    const listed = new Set<string>();
    for await (const key of this.#cache.keys()) listed.add(key);
    assert.deepStrictEqual([...listed].sort(), this.#model.liveKeys());
  }

  async #deleteMatching(): Promise<void> {
    this.#note('deleteMatching');
    assert.equal(
      await this.#cache.deleteMatching('c*'),
      this.#model.deleteWhere((_, key) => key.startsWith('c')),
    );
  }

  async #getKeysByIndex(): Promise<void> {
    const group = this.#one(groups);
    this.#note(`index ${group}`);
    const expected = this.#model.liveKeys().filter((key) => this.#model.live(key)?.group === group);
    assert.deepStrictEqual([...(await this.#cache.getKeysByIndex('group', group))].sort(), expected);
  }

  async #deleteByIndex(): Promise<void> {
    const group = this.#one(groups);
    this.#note(`deleteByIndex ${group}`);
    const expected = this.#model.deleteWhere((entry) => entry.group === group);
    assert.equal(await this.#cache.deleteByIndex('group', group), expected);
  }

  #entry(): ModelEntry {
    const minutes = 10 + Math.floor(this.#random() * 30);
    return {
      value: this.#one(values),
      until: this.#clock.now() + minutes * 60_000,
      tags: tags.filter(() => this.#random() < 0.2),
      group: this.#random() < 0.2 ? this.#one(groups) : undefined,
    };
  }

  #optionsOf({ until, tags: own, group }: ModelEntry) {
    const ttl = `${(until - this.#clock.now()) / 60_000}m` as const;
    return { ttl, tags: own, ...(group === undefined ? {} : { indexes: { group } }) };
  }

  #key(operation: string): string {
    const key = this.#one(keys);
    this.#note(`${operation} ${key.slice(0, 8)}`);
    return key;
  }

  #note(operation: string): void {
    this.#trail.push(operation);
    if (this.#trail.length > 100) this.#trail.splice(0, 50);
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}

function repeat<T>(list: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => list).flat();
}
