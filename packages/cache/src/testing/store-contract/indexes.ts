import assert from 'node:assert/strict';
import { allKeys, type ContractContext, range, type Stage, writeOf } from './context.js';

export function describeIndexes({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const noIndex = options.capabilities.index ? undefined : 'the store declares no index';

  const under = async (stage: Stage, name: string, value: string, { prefix = '', limit = 100 } = {}) => {
    const keys = await allKeys((page) => stage.store.byIndex({ prefix, name, value }, page, stage.call()), limit);
    return keys.sort();
  };

  section('indexes', () => {
    const statesOfIndex = (sentence: string, body: (stage: Stage) => Promise<void>) => states(sentence, body, noIndex);
    const alice = { indexes: { user: 'alice' } };

    statesOfIndex('finds the keys that were set under a term, each once', async (stage) => {
      const writes = [
        writeOf('a', 'value', { indexes: { user: 'alice', plan: 'pro' } }),
        writeOf('b', 'value', { indexes: { user: 'bob', plan: 'pro' } }),
        writeOf('c', 'value', alice),
        writeOf('d'),
      ];
      await stage.store.set(writes, stage.call());
      assert.deepEqual(await under(stage, 'user', 'alice'), ['a', 'c']);
      assert.deepEqual(await under(stage, 'plan', 'pro'), ['a', 'b']);
      assert.deepEqual(await under(stage, 'user', 'carol'), []);
      assert.deepEqual(await under(stage, 'alice', 'user'), []);
    });

    statesOfIndex('finds only keys with the prefix', async (stage) => {
      const keys = ['one:a', 'one:b', 'two:a', 'one', ':one:a'];
      await stage.store.set(
        keys.map((key) => writeOf(key, 'value', alice)),
        stage.call(),
      );
      assert.deepEqual(await under(stage, 'user', 'alice', { prefix: 'one:' }), ['one:a', 'one:b']);
    });

    statesOfIndex('gives pages of at most the limit, and all keys over all pages', async (stage) => {
      const keys = range(103).map((index) => `key:${index}`);
      await stage.store.set(
        keys.map((key) => writeOf(key, 'value', alice)),
        stage.call(),
      );
      for (const limit of [1, 10, 103])
        assert.deepEqual(await under(stage, 'user', 'alice', { limit }), [...keys].sort());
    });

    statesOfIndex('keeps terms apart that a separator would mix up', async (stage) => {
      const terms = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['a', 'b'],
        ['ab', ''],
        ['', 'ab'],
        ['a', 'b\u0000'],
        ['__proto__', 'x'],
        ['a', '😀'],
        ['1:a', '1'],
        ['1', ':a1'],
      ] as const;
      await stage.store.set(
        terms.map(([name, value], index) =>
          writeOf(`key:${index}`, 'value', { indexes: Object.fromEntries([[name, value]]) }),
        ),
        stage.call(),
      );
      for (const [index, [name, value]] of terms.entries()) {
        assert.deepEqual(await under(stage, name, value), [`key:${index}`], JSON.stringify([name, value]));
      }
    });

    statesOfIndex('keeps terms apart that differ only at the end of 5,000 characters', async (stage) => {
      const long = 'x'.repeat(5000);
      await stage.store.set(
        ['1', '2'].map((end) => writeOf(`key:${end}`, 'value', { indexes: { term: long + end } })),
        stage.call(),
      );
      assert.deepEqual(await under(stage, 'term', `${long}1`), ['key:1']);
      assert.deepEqual(await under(stage, 'term', long), []);
    });

    statesOfIndex('forgets the terms of an overwritten entry', async (stage) => {
      await stage.store.set([writeOf('key', 'value', { indexes: { user: 'alice', plan: 'pro' } })], stage.call());
      await stage.store.set([writeOf('key', 'value', { indexes: { user: 'bob', plan: 'pro' } })], stage.call());
      assert.deepEqual(await under(stage, 'user', 'alice'), []);
      assert.deepEqual(await under(stage, 'user', 'bob'), ['key']);
      assert.deepEqual(await under(stage, 'plan', 'pro'), ['key']);
    });

    statesOfIndex('forgets the terms of a deleted entry, even when its key is set again', async (stage) => {
      await stage.store.set([writeOf('key', 'value', alice)], stage.call());
      await stage.store.delete(['key'], stage.call());
      assert.deepEqual(await under(stage, 'user', 'alice'), []);
      await stage.store.set([writeOf('key')], stage.call());
      assert.deepEqual(await under(stage, 'user', 'alice'), []);
    });

    statesOfIndex('never answers with an expired key, even when it is set again', async (stage) => {
      const { store, now, call } = stage;
      await store.set(
        [writeOf('key', 'value', { ...alice, expiresAt: now() + shortLife }), writeOf('live', 'value', alice)],
        call(),
      );
      assert.deepEqual(await under(stage, 'user', 'alice'), ['key', 'live']);
      await stage.advance(untilSurelyExpired);
      assert.deepEqual(await under(stage, 'user', 'alice'), ['live']);
      await store.set([writeOf('key')], call());
      assert.deepEqual(await under(stage, 'user', 'alice'), ['live']);
    });

    statesOfIndex('gets through any number of expired keys', async (stage) => {
      const expiresAt = stage.now() + shortLife;
      await stage.store.set(
        range(3000).map((index) => writeOf(`key:${index}`, 'value', { ...alice, expiresAt })),
        stage.call(),
      );
      await stage.store.set([writeOf('key:x', 'value', alice)], stage.call());
      await stage.advance(untilSurelyExpired);
      assert.deepEqual(await under(stage, 'user', 'alice'), ['key:x']);
    });

    statesOfIndex('leaves the terms alone when a condition fails', async (stage) => {
      await stage.store.set([writeOf('key', 'value', alice)], stage.call());
      const refused = writeOf('key', 'value', { indexes: { user: 'bob' }, condition: { absent: true } });
      await stage.store.set([refused], stage.call());
      assert.deepEqual([await under(stage, 'user', 'alice'), await under(stage, 'user', 'bob')], [['key'], []]);
    });
  });
}
