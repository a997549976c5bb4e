import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenCache, settings, settingsWithRedis } from './settings.js';

const withPrototypeKey = JSON.parse('{"__proto__": {"admin": true}, "a": 1}');

const kept: readonly (readonly [name: string, value: unknown])[] = [
  ['zero', 0],
  ['minus zero', -0],
  ['empty text', ''],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['infinity', Number.NEGATIVE_INFINITY],
  ['a date', new Date(1_700_000_000_123)],
  ['an invalid date', new Date(Number.NaN)],
  [
    'a map',
    new Map<unknown, unknown>([
      [1, 'one'],
      ['two', new Date(2)],
      [null, undefined],
    ]),
  ],
  ['a set', new Set([1n, 'a', new Map()])],
  ['a bigint', -(2n ** 80n)],
  ['bytes', new Uint8Array([0, 255, 10])],
  ['a buffer', Buffer.from('buffer')],
  ['no bytes', new Uint8Array()],
  ['float64s', new Float64Array([0.1, Number.NaN])],
  ['undefined in an array', [undefined, 1, undefined]],
  ['undefined in an object', { a: undefined }],
  ['a deep mixture', { list: [{ at: new Date(0), tags: new Set(['x']) }], n: { m: [null, [], {}] } }],
  ['text that looks like other things', ['123', 'true', 'null', '{"a":1}']],
  ['a lone surrogate', 'a\ud800b'],
  ['emoji', '👩‍👩‍👧'],
  ['a __proto__ key', withPrototypeKey],
  ['an object like a tag of ours', { $larder: 'date', value: 0 }],
  ['no prototype', Object.assign(Object.create(null), { a: 1 })],
];

describe.each(settingsWithRedis)('values on $name', ({ open }) => {
  let opened: OpenCache;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it.each(kept)('%s comes back as it went in', async (name, value) => {
    const { cache } = opened;
    await cache.set(name, value);
    expect(await cache.get(name)).toStrictEqual(value);
    expect((await cache.getEntry(name))?.value).toStrictEqual(value);
    expect((await cache.getMany([name])).get(name)).toStrictEqual(value);
    expect(await cache.getOrSet(`load ${name}`, () => value)).toStrictEqual(value);
    expect(await cache.get(`load ${name}`)).toStrictEqual(value);
  });

  it.each(kept)('%s is what it was after a touch and a change beside it', async (name, value) => {
    const { cache } = opened;
    await cache.set(name, { value, other: 1 });
    await cache.touch(name, '1h');
    await cache.update(name, { other: 2 });
    expect(await cache.get(name)).toStrictEqual({ value, other: 2 });
  });

  it('nobody can change what is cached: neither through what was set nor through what was read', async () => {
    const { cache } = opened;
    const original = { name: 'Alice', at: new Date(1), seen: new Set([1]), raw: new Uint8Array([1]), list: [{ n: 1 }] };
    const expected = structuredClone(original);
    await cache.set('k', original);
    await cache.getOrSet('loaded', () => original);
    expect(Object.isFrozen(original)).toBe(false);
    const spoil = (value: typeof original) => {
      value.at.setTime(9);
      value.seen.add(9);
      value.raw[0] = 9;
      try {
        value.name = 'Mallory';
      } catch {}
      try {
        (value.list[0] as { n: number }).n = 9;
      } catch {}
    };
    spoil(original);
    for (const key of ['k', 'loaded']) {
      for (let read = 0; read < 3; read++) spoil((await cache.get<typeof original>(key)) as typeof original);
      spoil((await cache.getEntry<typeof original>(key))?.value as typeof original);
      expect(await cache.get(key)).toStrictEqual(expected);
    }
  });

  it('callers that share one load do not share a value that can change', async () => {
    const { cache } = opened;
    const load = () => new Map([['n', 1]]);
    const [one, other] = await Promise.all([cache.getOrSet('shared', load), cache.getOrSet('shared', load)]);
    one.set('n', 2);
    expect(other.get('n')).toBe(1);
    expect(await cache.get('shared')).toStrictEqual(new Map([['n', 1]]));
  });
});

describe.each(settings.filter(({ name }) => name !== 'LMDB alone'))('sharing modes on $name', ({ open }) => {
  it('clone gives each reader a copy to change at will', async () => {
    const { cache, close } = await open({ memory: { values: 'clone' } });
    await cache.set('k', { list: [1] });
    const value = (await cache.get<{ list: number[] }>('k')) as { list: number[] };
    value.list.push(2);
    expect(await cache.get('k')).toStrictEqual({ list: [1] });
    await close();
  });

  it('share hands out the very same reference', async () => {
    const { cache, close } = await open({ memory: { values: 'share' } });
    const value = { list: [1] };
    await cache.set('k', value);
    expect(await cache.get('k')).toBe(value);
    await close();
  });
});

describe('share on memory alone', () => {
  it('keeps what no bytes could bring back', async () => {
    class Connection {}
    const { cache, close } = await (settings[0] as (typeof settings)[number]).open({ memory: { values: 'share' } });
    const connection = new Connection();
    await cache.set('k', connection);
    expect(await cache.get('k')).toBe(connection);
    await close();
  });
});
