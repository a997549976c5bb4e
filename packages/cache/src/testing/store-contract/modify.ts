import assert from 'node:assert/strict';
import type { StoreChange } from '../../contracts/store.js';
import { allKeys, bytesOf, type ContractContext, range, readText, textOf, writeOf } from './context.js';

/** Counts up, keeping whatever life the counter has. */
const increment: StoreChange = (current) =>
  writeOf('', String(Number(textOf(current) ?? '0') + 1), current && { expiresAt: current.expiresAt });

export function describeModify({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const notAtomic = options.capabilities.atomicWrites ? undefined : 'the store declares no atomic writes';
  const noIndex = options.capabilities.index ? undefined : 'the store declares no index';

  section('modify', () => {
    states('shows the live entry to the change, and writes what it answers', async (stage) => {
      const { store, call } = stage;
      await store.set([writeOf('key', 'first', { version: 'one' })], call());
      const stands = await store.modify(
        'key',
        (current) => {
          assert.equal(textOf(current), 'first');
          assert.equal(current?.version, 'one');
          return writeOf('', 'second', { version: 'two' });
        },
        call(),
      );
      assert.equal(textOf(stands), 'second');
      assert.equal(stands?.version, 'two');
      assert.equal(await readText(stage, 'key'), 'second');
    });

    states('shows undefined where there is no entry, or only an expired one', async ({ store, now, call, advance }) => {
      const seen: unknown[] = [];
      const look: StoreChange = (current) => {
        seen.push(current);
        return 'keep';
      };
      assert.equal(await store.modify('missing', look, call()), undefined);
      await store.set([writeOf('key', 'old', { expiresAt: now() + shortLife })], call());
      await advance(untilSurelyExpired);
      assert.equal(await store.modify('key', look, call()), undefined);
      assert.deepEqual(new Set(seen), new Set([undefined]));
    });

    states("keeps the entry on 'keep', and resolves with it", async (stage) => {
      await stage.store.set([writeOf('key', 'value', { version: 'one' })], stage.call());
      const stands = await stage.store.modify('key', () => 'keep', stage.call());
      assert.equal(textOf(stands), 'value');
      assert.equal(stands?.version, 'one');
    });

    states("removes the entry on 'delete', and resolves with undefined", async (stage) => {
      await stage.store.set([writeOf('key')], stage.call());
      assert.equal(await stage.store.modify('key', () => 'delete', stage.call()), undefined);
      assert.equal(await stage.store.modify('missing', () => 'delete', stage.call()), undefined);
      assert.equal(await readText(stage, 'key'), undefined);
    });

    states('touches: the same bytes and version with a later deadline', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('key', 'value', { version: 'one', expiresAt: now() + shortLife })], call());
      const later = now() + 3_600_000;
      await store.modify(
        'key',
        (current) => (current && { ...current, indexes: {}, expiresAt: later }) || 'keep',
        call(),
      );
      await stage.advance(untilSurelyExpired);
      const [entry] = await store.get(['key'], call());
      assert.equal(textOf(entry), 'value');
      assert.equal(entry?.version, 'one');
    });

    states('passes on what the change throws, with nothing changed', async (stage) => {
      const { store, call } = stage;
      await store.set([writeOf('key', 'value', { version: 'one' })], call());
      const thrown = new Error('no');
      const change = () => {
        throw thrown;
      };
      await assert.rejects(store.modify('key', change, call()), (error) => error === thrown);
      await assert.rejects(store.modify('missing', change, call()), (error) => error === thrown);
      const [entry, missing] = await store.get(['key', 'missing'], call());
      assert.equal(entry?.version, 'one');
      assert.equal(missing, undefined);
      await store.modify('key', () => writeOf('', 'next'), call());
      assert.equal(await readText(stage, 'key'), 'next');
    });

    states(
      'fails only the call whose change throws',
      async (stage) => {
        const refuseThirds = (index: number): StoreChange => {
          return (current) => {
            if (index % 3 === 0) throw new Error('every third');
            return increment(current);
          };
        };
        const { store, call } = stage;
        const calls = range(60).map((index) => store.modify('counter', refuseThirds(index), call()));
        const outcomes = await Promise.allSettled(calls);
        assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 20);
        assert.equal(await readText(stage, 'counter'), '40');
      },
      notAtomic,
    );

    states('resolves with bytes that are not the store’s own', async (stage) => {
      const given = bytesOf('value');
      const stands = await stage.store.modify('key', () => writeOf('', given), stage.call());
      given.fill(0);
      assert.equal(textOf(stands), 'value');
      stands?.bytes.fill(0);
      assert.equal(await readText(stage, 'key'), 'value');
    });

    states(
      'loses none of 1,000 changes of one key at the same time',
      async (stage) => {
        const { store, call } = stage;
        const answers = await Promise.all(range(1000).map(() => store.modify('counter', increment, call())));
        assert.equal(await readText(stage, 'counter'), '1000');
        assert.equal(new Set(answers.map(textOf)).size, 1000);
      },
      notAtomic,
    );

    states(
      'replaces the terms of the entry',
      async ({ store, call }) => {
        const under = (value: string) =>
          allKeys((page) => store.byIndex({ prefix: '', name: 'user', value }, page, call()));
        await store.set([writeOf('key', 'value', { indexes: { user: 'alice' } })], call());
        await store.modify('key', () => writeOf('', 'next', { indexes: { user: 'bob' } }), call());
        assert.deepEqual([await under('alice'), await under('bob')], [[], ['key']]);
        await store.modify('key', () => 'delete', call());
        assert.deepEqual(await under('bob'), []);
      },
      noIndex,
    );
  });
}
