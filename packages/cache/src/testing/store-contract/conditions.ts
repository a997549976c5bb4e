import assert from 'node:assert/strict';
import { type ContractContext, range, readText, writeOf } from './context.js';

export function describeConditions({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const notAtomic = options.capabilities.atomicWrites ? undefined : 'the store declares no atomic writes';
  const absent = { condition: { absent: true } } as const;

  section('a write on the condition that there is no entry', () => {
    states('is done where there is none', async (stage) => {
      assert.deepEqual(await stage.store.set([writeOf('key', 'value', absent)], stage.call()), ['created']);
      assert.equal(await readText(stage, 'key'), 'value');
    });

    states('changes nothing where there is one', async (stage) => {
      await stage.store.set([writeOf('key', 'first', { version: 'v', indexes: { user: 'alice' } })], stage.call());
      const results = await stage.store.set([writeOf('key', 'second', absent)], stage.call());
      assert.deepEqual(results, ['condition-failed']);
      const [entry] = await stage.store.get(['key'], stage.call());
      assert.equal(entry?.version, 'v');
      assert.equal(await readText(stage, 'key'), 'first');
    });

    states('takes an expired entry for none', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('key', 'old', { expiresAt: now() + shortLife })], call());
      await stage.advance(untilSurelyExpired);
      assert.deepEqual(await store.set([writeOf('key', 'new', absent)], call()), ['created']);
      assert.equal(await readText(stage, 'key'), 'new');
    });

    states('sees the writes before it in the same batch', async (stage) => {
      const batch = [writeOf('key', 'first', absent), writeOf('key', 'second', absent)];
      assert.deepEqual(await stage.store.set(batch, stage.call()), ['created', 'condition-failed']);
      assert.equal(await readText(stage, 'key'), 'first');
    });

    states(
      'is done by exactly one of many at the same time',
      async ({ store, call }) => {
        const attempts = range(100).map((index) => store.set([writeOf('key', String(index), absent)], call()));
        const created = (await Promise.all(attempts)).flat().filter((result) => result === 'created');
        assert.equal(created.length, 1);
      },
      notAtomic,
    );
  });

  section('a write on the condition of a version', () => {
    const ifVersion = (version: string) => ({ condition: { version } });

    states('is done where the entry has it', async (stage) => {
      await stage.store.set([writeOf('key', 'first', { version: 'one' })], stage.call());
      const write = writeOf('key', 'second', { version: 'two', ...ifVersion('one') });
      assert.deepEqual(await stage.store.set([write], stage.call()), ['replaced']);
      assert.equal(await readText(stage, 'key'), 'second');
    });

    states('changes nothing where the entry has another', async (stage) => {
      await stage.store.set([writeOf('key', 'first', { version: 'one' })], stage.call());
      const write = writeOf('key', 'second', ifVersion('zero'));
      assert.deepEqual(await stage.store.set([write], stage.call()), ['condition-failed']);
      assert.equal(await readText(stage, 'key'), 'first');
    });

    states('fails where there is no entry, or only an expired one', async ({ store, now, call, advance }) => {
      const write = writeOf('key', 'second', ifVersion('one'));
      assert.deepEqual(await store.set([write], call()), ['condition-failed']);
      await store.set([writeOf('key', 'first', { version: 'one', expiresAt: now() + shortLife })], call());
      await advance(untilSurelyExpired);
      assert.deepEqual(await store.set([write], call()), ['condition-failed']);
    });

    states(
      'is done by exactly one of many at the same time',
      async ({ store, call }) => {
        await store.set([writeOf('key', 'first', { version: 'one' })], call());
        const attempts = range(100).map((index) =>
          store.set([writeOf('key', String(index), ifVersion('one'))], call()),
        );
        const replaced = (await Promise.all(attempts)).flat().filter((result) => result === 'replaced');
        assert.equal(replaced.length, 1);
      },
      notAtomic,
    );
  });
}
