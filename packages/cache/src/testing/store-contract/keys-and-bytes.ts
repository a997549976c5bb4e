import assert from 'node:assert/strict';
import { type ContractContext, range, readText, textOf, writeOf } from './context.js';

/** Keys that a store with separators, patterns, paths or normal forms of its own would mix up. */
const hostileKeys = [
  ':',
  '::',
  'a:b',
  'a',
  'ab',
  'a:',
  '{}',
  '{a}',
  '%',
  '%2F',
  '/',
  '..',
  '../a',
  './a',
  '*',
  'a*',
  '?',
  '[a]',
  '\\',
  '"',
  "'",
  ' ',
  ' a',
  'a ',
  '\u0000',
  'a\u0000',
  'a\u0000b',
  '\n',
  '\r\n',
  '\t',
  '\u007f',
  'ÿ',
  '\uffff',
  // The same letter in two normal forms, and in the other case: two keys each.
  '\u00e9',
  'e\u0301',
  'A',
  '😀',
  '👨‍👩‍👧',
  '\u202eabc',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '00',
  '-1',
  'undefined',
];

export function describeKeysAndBytes({ section, states, options }: ContractContext): void {
  const { keyBytes, valueBytes } = options.capabilities.limits;
  const tooManyBytes = (limit: number) =>
    limit > 10_000_000 ? 'the limit is beyond what a test can reach' : undefined;

  section('keys', () => {
    states('keeps hostile keys apart', async ({ store, call }) => {
      const results = await store.set(
        hostileKeys.map((key) => writeOf(key, `value of ${key}`)),
        call(),
      );
      assert.deepEqual(new Set(results), new Set(['created']));
      const entries = await store.get(hostileKeys, call());
      assert.deepEqual(
        entries.map(textOf),
        hostileKeys.map((key) => `value of ${key}`),
      );
    });

    states('deletes one hostile key and no other', async ({ store, call }) => {
      for (const deleted of hostileKeys) {
        await store.set(
          hostileKeys.map((key) => writeOf(key)),
          call(),
        );
        assert.deepEqual(await store.delete([deleted], call()), [true]);
        const entries = await store.get(hostileKeys, call());
        const missing = hostileKeys.filter((_, index) => entries[index] === undefined);
        assert.deepEqual(missing, [deleted]);
      }
    });

    states(
      'keeps the longest key it declares',
      async (stage) => {
        const longest = 'k'.repeat(keyBytes);
        await stage.store.set(
          [writeOf(longest, 'value', { indexes: { term: 'x' }, expiresAt: stage.now() + 60_000 })],
          stage.call(),
        );
        assert.equal(await readText(stage, longest), 'value');
        assert.deepEqual(await stage.store.delete([longest], stage.call()), [true]);
      },
      tooManyBytes(keyBytes),
    );

    states(
      'refuses a longer key, in bytes of UTF-8, and says how long it may be',
      async ({ store, call }) => {
        const tooLong = 'é'.repeat(Math.floor(keyBytes / 2) + 1);
        await assert.rejects(store.set([writeOf(tooLong)], call()), {
          code: 'LARDER_INVALID_KEY',
          message: new RegExp(String(keyBytes)),
        });
      },
      tooManyBytes(keyBytes),
    );
  });

  section('bytes', () => {
    states('keeps every byte as it is', async ({ store, call }) => {
      const bytes = Uint8Array.from(range(1024), (index) => index % 256);
      await store.set([writeOf('key', bytes)], call());
      const [entry] = await store.get(['key'], call());
      assert.deepEqual([...(entry?.bytes ?? [])], [...bytes]);
    });

    states('keeps no bytes at all', async ({ store, call }) => {
      await store.set([writeOf('key', new Uint8Array(0))], call());
      const [entry] = await store.get(['key'], call());
      assert.equal(entry?.bytes.byteLength, 0);
    });

    states(
      'keeps more than a mebibyte',
      async ({ store, call }) => {
        const bytes = Uint8Array.from({ length: 1_300_001 }, (_, index) => (index * 31) % 251);
        await store.set([writeOf('large', bytes), writeOf('small')], call());
        const [large, small] = await store.get(['large', 'small'], call());
        assert.ok(Buffer.from(bytes).equals(large?.bytes ?? new Uint8Array(0)));
        assert.equal(textOf(small), 'value');
      },
      valueBytes < 1_300_001 ? `the store keeps at most ${valueBytes} bytes` : undefined,
    );

    states('keeps a part of a larger buffer, and no more of it', async (stage) => {
      const part = Buffer.from('before value after').subarray(7, 12);
      await stage.store.set([writeOf('key', part)], stage.call());
      assert.equal(await readText(stage, 'key'), 'value');
    });

    states('gives bytes that no later call changes', async ({ store, call }) => {
      await store.set([writeOf('a', 'first'), writeOf('b', 'other')], call());
      const [before] = await store.get(['a'], call());
      await store.get(['b', 'a', 'b'], call());
      await store.set([writeOf('a', 'SECOND VALUE'), writeOf('c', 'third')], call());
      await store.delete(['b'], call());
      await store.get(['a', 'c'], call());
      assert.equal(textOf(before), 'first');
    });

    states('gives bytes that the caller may change', async (stage) => {
      await stage.store.set([writeOf('key')], stage.call());
      const [first, second] = await stage.store.get(['key', 'key'], stage.call());
      first?.bytes.fill(0);
      assert.equal(textOf(second), 'value');
      assert.equal(await readText(stage, 'key'), 'value');
    });
  });
}
