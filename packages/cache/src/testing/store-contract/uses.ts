import assert from 'node:assert/strict';
import type { StoreChange } from '../../contracts/store.js';
import { type ContractContext, range, readText, textOf, writeOf } from './context.js';

/** What the cache builds on conditions and `modify`: shown here once more, as a store's users know it. */
export function describeUses({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const notAtomic = options.capabilities.atomicWrites ? undefined : 'the store declares no atomic writes';

  section('counters', () => {
    states(
      'lose no step of several writers, and end when they should',
      async (stage) => {
        const { store, now, call } = stage;
        const expiresAt = now() + shortLife;
        const add = (by: number): StoreChange => {
          return (current) => writeOf('', String(Number(textOf(current) ?? '0') + by), { expiresAt });
        };
        await Promise.all(range(50).map((index) => store.modify('counter', add(index), call())));
        assert.equal(await readText(stage, 'counter'), '1225');
        await stage.advance(untilSurelyExpired);
        await store.modify('counter', add(1), call());
        assert.equal(await readText(stage, 'counter'), undefined);
      },
      notAtomic,
    );
  });

  section('markers that only rise', () => {
    states(
      'end at the highest of all that were written at the same time',
      async (stage) => {
        const { store, call } = stage;
        const raiseTo = (time: number): StoreChange => {
          return (current) => (Number(textOf(current) ?? '0') >= time ? 'keep' : writeOf('', String(time)));
        };
        const times = range(60).map((index) => (index * 37) % 61);
        await Promise.all(times.map((time) => store.modify('marker', raiseTo(time), call())));
        assert.equal(await readText(stage, 'marker'), '60');
      },
      notAtomic,
    );
  });

  section('leases', () => {
    const release = (token: string): StoreChange => {
      return (current) => (textOf(current) === token ? 'delete' : 'keep');
    };
    const take = (token: string, expiresAt: number) =>
      writeOf('lease', token, { expiresAt, condition: { absent: true } });

    states(
      'are held by one, released by nobody else, and free again when released or ended',
      async (stage) => {
        const { store, now, call } = stage;
        const end = now() + shortLife;
        const takers = await Promise.all(range(20).map((index) => store.set([take(`token ${index}`, end)], call())));
        assert.equal(takers.flat().filter((result) => result === 'created').length, 1);
        const holder = (await readText(stage, 'lease')) ?? '';

        await store.modify('lease', release('another token'), call());
        assert.equal(await readText(stage, 'lease'), holder);
        await store.modify('lease', release(holder), call());
        assert.deepEqual(await store.set([take('next', end)], call()), ['created']);

        await stage.advance(untilSurelyExpired);
        assert.deepEqual(await store.set([take('last', now() + 60_000)], call()), ['created']);
        await store.modify('lease', release('next'), call());
        assert.equal(await readText(stage, 'lease'), 'last');
      },
      notAtomic,
    );
  });

  section('order', () => {
    states('keeps the order of writes of one key that nobody waited for', async (stage) => {
      const { store, call } = stage;
      await Promise.all(range(40).map((index) => store.set([writeOf('key', String(index))], call())));
      assert.equal(await readText(stage, 'key'), '39');
    });

    states('keeps the order of unlike writes of one key', async (stage) => {
      const { store, call } = stage;
      const calls = [
        store.set([writeOf('key', 'first')], call()),
        store.modify('key', (current) => writeOf('', `${textOf(current)} second`), call()),
        store.delete(['key'], call()),
        store.set([writeOf('key', 'third', { condition: { absent: true } })], call()),
        store.modify('key', (current) => writeOf('', `${textOf(current)} fourth`), call()),
      ] as const;
      const [first, second, wasThere, third] = await Promise.all(calls);
      assert.deepEqual([first, textOf(second), wasThere, third], [['created'], 'first second', [true], ['created']]);
      assert.equal(await readText(stage, 'key'), 'third fourth');
    });
  });
}
