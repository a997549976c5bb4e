import assert from 'node:assert/strict';
import { type ContractContext, readText, textOf, writeOf } from './context.js';

export function describeExpiry({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const isExact = options.capabilities.expiry === 'exact';
  const ownClock = options.clock === undefined && isExact ? undefined : 'the store judges time by a clock of its own';

  section('expiry', () => {
    states('answers until the deadline and not after it', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('key', 'value', { expiresAt: now() + shortLife }), writeOf('other')], call());
      assert.equal(await readText(stage, 'key'), 'value');
      await stage.advance(untilSurelyExpired);
      assert.equal(await readText(stage, 'key'), undefined);
      assert.equal(await readText(stage, 'other'), 'value');
    });

    states(
      'is exact to the millisecond: there just before the deadline, gone at it',
      async (stage) => {
        await stage.store.set([writeOf('key', 'value', { expiresAt: stage.now() + 1000 })], stage.call());
        await stage.advance(999);
        assert.equal(await readText(stage, 'key'), 'value');
        await stage.advance(1);
        assert.equal(await readText(stage, 'key'), undefined);
      },
      ownClock,
    );

    states('keeps an entry whose deadline is Infinity', async (stage) => {
      const never = Number.POSITIVE_INFINITY;
      await stage.store.set([writeOf('key', 'value', { expiresAt: never })], stage.call());
      if (ownClock === undefined) await stage.advance(100 * 365 * 86_400_000);
      const [entry] = await stage.store.get(['key'], stage.call());
      assert.equal(textOf(entry), 'value');
      assert.equal(entry?.expiresAt, never);
    });

    states('takes a deadline as a point in time: a write that comes late lives no longer', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('key', 'old')], call());
      await store.set([writeOf('key', 'late', { expiresAt: now() - 1 })], call());
      assert.equal(await readText(stage, 'key'), undefined);
      assert.deepEqual(await store.set([writeOf('key', 'new')], call()), ['created']);
    });

    states(
      'does not count an expired entry as one that was replaced or deleted',
      async ({ store, now, call, advance }) => {
        const brief = { expiresAt: now() + shortLife };
        await store.set([writeOf('a', 'value', brief), writeOf('b', 'value', brief)], call());
        await advance(untilSurelyExpired);
        assert.deepEqual(await store.set([writeOf('a')], call()), ['created']);
        assert.deepEqual(await store.delete(['b'], call()), [false]);
      },
    );

    states('forgets the earlier deadline of an overwritten entry', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('key', 'brief', { expiresAt: now() + shortLife })], call());
      await store.set([writeOf('key', 'for ever')], call());
      await stage.advance(untilSurelyExpired);
      await store.prune(1000, call());
      assert.equal(await readText(stage, 'key'), 'for ever');
    });
  });
}
