import assert from 'node:assert/strict';
import { bytesOf, type ContractContext, range, readText, textOf, writeOf } from './context.js';

export function describeReadsAndWrites({ section, states, options }: ContractContext): void {
  section('reads', () => {
    states('answers undefined where there is no entry', async ({ store, call }) => {
      assert.deepEqual(await store.get(['missing'], call()), [undefined]);
    });

    states('gives bytes, deadline and version back as they were set', async ({ store, now, call }) => {
      const write = writeOf('key', 'value', { expiresAt: now() + 3_600_000, version: 'the version' });
      await store.set([write], call());
      const [entry] = await store.get(['key'], call());
      assert.deepEqual(entry && Buffer.from(entry.bytes).toString(), 'value');
      assert.equal(entry?.version, 'the version');
      const precision = options.capabilities.expiry === 'coarse' ? 1000 : 0;
      assert.ok(Math.abs((entry?.expiresAt ?? 0) - write.expiresAt) <= precision);
    });

    states('answers in the order of the keys, a repeated key each time', async ({ store, call }) => {
      await store.set([writeOf('a', '1'), writeOf('b', '2')], call());
      const entries = await store.get(['b', 'missing', 'a', 'b'], call());
      assert.deepEqual(entries.map(textOf), ['2', undefined, '1', '2']);
    });

    states('answers nothing for no keys', async ({ store, call }) => {
      assert.deepEqual(await store.get([], call()), []);
      assert.deepEqual(await store.set([], call()), []);
      assert.deepEqual(await store.delete([], call()), []);
    });
  });

  section('writes', () => {
    states('says whether an entry was created or replaced', async ({ store, call }) => {
      assert.deepEqual(await store.set([writeOf('key')], call()), ['created']);
      assert.deepEqual(await store.set([writeOf('key')], call()), ['replaced']);
    });

    states('replaces bytes, version and deadline together', async ({ store, now, call }) => {
      await store.set([writeOf('key', 'long value', { expiresAt: now() + 5_000_000 })], call());
      await store.set([writeOf('key', 'new', { version: 'second' })], call());
      const [entry] = await store.get(['key'], call());
      assert.equal(textOf(entry), 'new');
      assert.equal(entry?.version, 'second');
      assert.equal(entry?.expiresAt, Number.POSITIVE_INFINITY);
    });

    states('applies a batch in its order, so that the later write of a key wins', async (stage) => {
      const { store, call } = stage;
      const results = await store.set([writeOf('key', 'first'), writeOf('other'), writeOf('key', 'second')], call());
      assert.deepEqual(results, ['created', 'created', 'replaced']);
      assert.equal(await readText(stage, 'key'), 'second');
    });

    states('keeps a batch of 2,000', async ({ store, call }) => {
      const keys = range(2000).map((index) => `key:${index}`);
      const results = await store.set(
        keys.map((key) => writeOf(key, key)),
        call(),
      );
      assert.deepEqual(new Set(results), new Set(['created']));
      assert.deepEqual((await store.get(keys, call())).map(textOf), keys);
    });

    states('does not hold on to the bytes it was given', async (stage) => {
      const bytes = bytesOf('value');
      await stage.store.set([writeOf('key', bytes)], stage.call());
      bytes.fill(0);
      assert.equal(await readText(stage, 'key'), 'value');
    });
  });

  section('deletes', () => {
    states('answers in the order of the keys whether there was an entry', async ({ store, call }) => {
      await store.set([writeOf('a'), writeOf('b')], call());
      assert.deepEqual(await store.delete(['b', 'missing', 'a', 'a'], call()), [true, false, true, false]);
      assert.deepEqual(await store.get(['a', 'b'], call()), [undefined, undefined]);
    });

    states('leaves every other key alone', async (stage) => {
      await stage.store.set([writeOf('key'), writeOf('key:1'), writeOf('ke')], stage.call());
      await stage.store.delete(['key'], stage.call());
      assert.equal(await readText(stage, 'key:1'), 'value');
      assert.equal(await readText(stage, 'ke'), 'value');
    });

    states('makes room for a new entry', async ({ store, call }) => {
      await store.set([writeOf('key')], call());
      await store.delete(['key'], call());
      assert.deepEqual(await store.set([writeOf('key')], call()), ['created']);
    });
  });
}
