import assert from 'node:assert/strict';
import { type ContractContext, range, readText, textOf, writeOf } from './context.js';

export function describePrune({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  // A back end that removes expired entries by itself leaves nothing to count.
  const prunesItself =
    options.removesExpired ??
    (options.clock === undefined ? undefined : 'the store may remove expired entries by itself');

  section('prune', () => {
    states('removes nothing that is live', async (stage) => {
      const { store, now, call } = stage;
      await store.set([writeOf('a'), writeOf('b', 'value', { expiresAt: now() + 3_600_000 })], call());
      assert.equal(await store.prune(100, call()), 0);
      assert.deepEqual((await store.get(['a', 'b'], call())).map(textOf), ['value', 'value']);
    });

    states(
      'removes at most as many as asked, and answers how many',
      async ({ store, now, call, advance }) => {
        const expiresAt = now() + shortLife;
        await store.set(
          range(25).map((index) => writeOf(`key:${index}`, 'value', { expiresAt })),
          call(),
        );
        await store.set([writeOf('other')], call());
        await advance(untilSurelyExpired);
        assert.deepEqual([await store.prune(10, call()), await store.prune(10, call())], [10, 10]);
        assert.deepEqual([await store.prune(10, call()), await store.prune(10, call())], [5, 0]);
        assert.deepEqual((await store.get(['other'], call())).map(textOf), ['value']);
      },
      prunesItself,
    );

    states(
      'removes 3,000 when asked for all',
      async ({ store, now, call, advance }) => {
        const expiresAt = now() + shortLife;
        await store.set(
          range(3000).map((index) =>
            writeOf(`key:${index}`, 'value', { expiresAt, indexes: { group: `${index % 7}` } }),
          ),
          call(),
        );
        await advance(untilSurelyExpired);
        assert.equal(await store.prune(1_000_000, call()), 3000);
        assert.equal(await store.prune(1_000_000, call()), 0);
      },
      prunesItself,
    );

    states('leaves alone what is written again while it works', async (stage) => {
      const { store, now, call } = stage;
      const expiresAt = now() + shortLife;
      await store.set(
        range(500).map((index) => writeOf(`key:${index}`, 'old', { expiresAt })),
        call(),
      );
      await stage.advance(untilSurelyExpired);
      await Promise.all([
        store.prune(1000, call()),
        ...range(50).map((index) => store.set([writeOf(`key:${index * 10}`, 'new')], call())),
      ]);
      for (const index of range(50)) assert.equal(await readText(stage, `key:${index * 10}`), 'new');
    });
  });
}
