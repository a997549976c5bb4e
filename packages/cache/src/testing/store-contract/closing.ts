import assert from 'node:assert/strict';
import { type ContractContext, range, textOf, writeOf } from './context.js';

export function describeClosing({ section, states, options }: ContractContext): void {
  const { openAgain, capabilities } = options;
  const cannotReopen = openAgain === undefined ? 'no second store on the same entries was given' : undefined;
  const again = async () => {
    assert.ok(openAgain !== undefined);
    return openAgain();
  };

  section('close', () => {
    states('may be called twice, also at the same time', async ({ store, call }) => {
      await store.set([writeOf('key')], call());
      await Promise.all([store.close(), store.close()]);
      await store.close();
    });

    states('may come before any other call', async ({ store }) => {
      await store.close();
    });

    states('finishes the writes under way', async ({ store, call }) => {
      const writes = range(20).map((index) => store.set([writeOf(`key:${index}`)], call()));
      await store.close();
      assert.deepEqual(
        (await Promise.all(writes)).flat(),
        range(20).map(() => 'created'),
      );
    });

    states('refuses every call after it', async ({ store, call }) => {
      await store.set([writeOf('key')], call());
      await store.close();
      const calls = [
        () => store.get(['key'], call()),
        () => store.set([writeOf('key')], call()),
        () => store.delete(['key'], call()),
        () => store.modify('key', () => 'keep', call()),
        () => store.prune(10, call()),
        ...(store.time === undefined ? [] : [async () => store.time?.(call())]),
        ...(capabilities.scan !== false ? [() => store.scan('', { limit: 10 }, call())] : []),
        ...(capabilities.index
          ? [() => store.byIndex({ prefix: '', name: 'a', value: 'b' }, { limit: 10 }, call())]
          : []),
      ];
      for (const refused of calls) await assert.rejects(refused, { code: 'LARDER_CLOSED' });
    });
  });

  section('entries beyond one store', () => {
    states(
      'are there after the store was closed',
      async ({ store, call }) => {
        await store.set([writeOf('key', 'value', { version: 'one' })], call());
        await store.close();
        const next = await again();
        const [entry] = await next.get(['key'], call());
        await next.close();
        assert.equal(textOf(entry), 'value');
        assert.equal(entry?.version, 'one');
      },
      capabilities.persistent ? cannotReopen : 'the store declares that nothing survives',
    );

    states(
      'are seen by every store on them',
      async ({ store, call }) => {
        const other = await again();
        await store.set([writeOf('key', 'from one')], call());
        const [entry] = await other.get(['key'], call());
        await other.delete(['key'], call());
        await other.close();
        assert.equal(textOf(entry), 'from one');
        assert.deepEqual(await store.get(['key'], call()), [undefined]);
      },
      capabilities.shared ? (options.opensOnce ?? cannotReopen) : 'the store declares that nobody shares its entries',
    );
  });
}
