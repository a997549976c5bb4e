import assert from 'node:assert/strict';
import { allKeys, type ContractContext, range, type Stage, writeOf } from './context.js';

export function describeScan({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const noScan = options.capabilities.scan === false ? 'the store declares no scan' : undefined;
  const once = (keys: string[]) => (options.capabilities.scan === 'repeats' ? [...new Set(keys)] : keys);
  const scanned = async ({ store, call }: Stage, prefix: string, limit?: number) =>
    once(await allKeys((page) => store.scan(prefix, page, call()), limit));

  section('scan', () => {
    const statesOfScan = (sentence: string, body: (stage: Stage) => Promise<void>) => states(sentence, body, noScan);

    statesOfScan('lists the keys that begin with the prefix', async (stage) => {
      const keys = ['a', 'a:1', 'a:2', 'ab', 'b:1', 'a:', 'A:1'];
      await stage.store.set(
        keys.map((key) => writeOf(key)),
        stage.call(),
      );
      assert.deepEqual((await scanned(stage, 'a:')).sort(), ['a:', 'a:1', 'a:2']);
      assert.deepEqual((await scanned(stage, '')).sort(), [...keys].sort());
      assert.deepEqual(await scanned(stage, 'c'), []);
    });

    statesOfScan('takes the prefix literally', async (stage) => {
      const keys = ['*a', '*b', 'xa', '%', '%5', '_x', '\\', '\\*', '[a]', '\u0000', '\u0000x', '😀', '😀x'];
      await stage.store.set(
        keys.map((key) => writeOf(key)),
        stage.call(),
      );
      for (const prefix of ['*', '%', '_', '\\', '[', '\u0000', '😀']) {
        const expected = keys.filter((key) => key.startsWith(prefix));
        assert.deepEqual((await scanned(stage, prefix)).sort(), expected.sort(), `prefix ${JSON.stringify(prefix)}`);
      }
    });

    statesOfScan('gives pages of at most the limit, and all keys over all pages', async (stage) => {
      const keys = range(103).map((index) => `key:${index}`);
      await stage.store.set(
        keys.map((key) => writeOf(key)),
        stage.call(),
      );
      for (const limit of [1, 10, 103, 1000]) {
        assert.deepEqual((await scanned(stage, 'key:', limit)).sort(), [...keys].sort());
      }
    });

    statesOfScan('lists no expired key, however many there are', async (stage) => {
      const expiresAt = stage.now() + shortLife;
      await stage.store.set(
        range(3000).map((index) => writeOf(`key:${index}`, 'value', { expiresAt })),
        stage.call(),
      );
      await stage.store.set([writeOf('key:live')], stage.call());
      await stage.advance(untilSurelyExpired);
      assert.deepEqual(await scanned(stage, 'key:'), ['key:live']);
    });

    statesOfScan('lists what lives through the scan, while others come and go', async (stage) => {
      const { store, call } = stage;
      const staying = range(200).map((index) => `key:${index}:stays`);
      const going = range(200).map((index) => `key:${index}:goes`);
      await store.set(
        [...staying, ...going].map((key) => writeOf(key)),
        call(),
      );
      const listed: string[] = [];
      let page = await store.scan('key:', { limit: 10 }, call());
      for (let step = 0; ; step += 1) {
        listed.push(...page.keys);
        if (page.cursor === undefined) break;
        // Overwrites what stays, the page's own last key among it, and deletes and adds others.
        const overwritten = [page.keys.at(-1) ?? '', staying[step % 200] ?? ''].filter((key) => staying.includes(key));
        await store.set(
          [...overwritten, `key:${step}:comes`].map((key) => writeOf(key, 'again')),
          call(),
        );
        await store.delete(going.slice(step * 5, step * 5 + 5), call());
        page = await store.scan('key:', { cursor: page.cursor, limit: 10 }, call());
      }
      const stayed = once(listed.filter((key) => key.endsWith(':stays')));
      assert.deepEqual(stayed.sort(), staying.sort());
    });

    statesOfScan('goes on after a key that was deleted meanwhile', async ({ store, call }) => {
      await store.set(
        ['a', 'b', 'c', 'd'].map((key) => writeOf(key)),
        call(),
      );
      const first = await store.scan('', { limit: 2 }, call());
      await store.delete(first.keys, call());
      const cursor = first.cursor;
      assert.ok(cursor !== undefined);
      const rest = await allKeys((page) => store.scan('', { cursor, ...page }, call()));
      assert.equal(new Set([...first.keys, ...rest]).size, 4);
    });
  });
}
