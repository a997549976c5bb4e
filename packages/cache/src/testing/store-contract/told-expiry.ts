import assert from 'node:assert/strict';
import type { ExpiredEntry, StoreWrite } from '../../contracts/store.js';
import { type ContractContext, range, readText, type Stage, writeOf } from './context.js';

/** What `expired` and `forgetExpired` promise, for stores that have them. */
export function describeToldExpiry({ section, states, options, shortLife, untilSurelyExpired }: ContractContext): void {
  const missing = options.capabilities.tellsExpiry === true ? undefined : 'the store does not tell what expired';

  const noted = (stage: Stage, key: string, rest: Partial<StoreWrite> = {}): StoreWrite =>
    writeOf(key, 'value', { expiresAt: stage.now() + shortLife, expiryNote: `note of ${key}`, ...rest });

  const namesOf = (expired: readonly ExpiredEntry[]) => expired.map(({ key }) => key).sort();

  section('what expired', () => {
    states(
      'is told with its note and its end, until it is forgotten',
      async (stage) => {
        const { store, call, now, advance } = stage;
        const expiresAt = now() + shortLife;
        await store.set([noted(stage, 'a', { expiresAt, expiryNote: 'Grüße, 世界' }), writeOf('b')], call());
        assert.deepEqual(await allExpired(stage), []);
        await advance(untilSurelyExpired);
        const told = await allExpired(stage);
        assert.deepEqual(told, [{ key: 'a', expiresAt, note: 'Grüße, 世界' }]);
        assert.deepEqual(await allExpired(stage), told);
        await store.forgetExpired?.(told, call());
        assert.deepEqual(await allExpired(stage), []);
        assert.equal(await readText(stage, 'b'), 'value');
      },
      missing,
    );

    states(
      'is told only of writes with a note, of keys with the prefix, in pages',
      async (stage) => {
        const { store, call, advance, now } = stage;
        const writes = range(25).map((index) => noted(stage, `a:${index}`));
        await store.set([...writes, noted(stage, 'b'), noted(stage, 'a')], call());
        await store.set([writeOf('a:plain', 'value', { expiresAt: now() + shortLife })], call());
        await advance(untilSurelyExpired);
        assert.deepEqual(namesOf(await allExpired(stage, 'a:', 10)), writes.map(({ key }) => key).sort());
        assert.deepEqual(namesOf(await allExpired(stage, 'a:', 1)), writes.map(({ key }) => key).sort());
        assert.deepEqual(namesOf(await allExpired(stage, 'x')), []);
      },
      missing,
    );

    states(
      'is not what was deleted, overwritten or touched before its end',
      async (stage) => {
        const { store, call, advance, now } = stage;
        const later = now() + 3_600_000;
        await store.set(
          ['kept', 'deleted', 'overwritten', 'touched', 'removed'].map((key) => noted(stage, key)),
          call(),
        );
        await store.delete(['deleted'], call());
        await store.set([noted(stage, 'overwritten', { expiresAt: later })], call());
        const { key: _, ...longer } = noted(stage, 'touched', { expiresAt: later });
        await store.modify('touched', () => longer, call());
        await store.modify('removed', () => 'delete', call());
        await advance(untilSurelyExpired);
        assert.deepEqual(namesOf(await allExpired(stage)), ['kept']);
      },
      missing,
    );

    states(
      'is told also where the key was written again, deleted or pruned after its end',
      async (stage) => {
        const { store, call, advance, now } = stage;
        const keys = ['again', 'changed', 'deleted', 'kept'];
        await store.set(
          keys.map((key) => noted(stage, key, { indexes: { group: '1' } })),
          call(),
        );
        await advance(untilSurelyExpired);
        const expiresAt = now() + 3_600_000;
        await store.set([noted(stage, 'again', { expiresAt })], call());
        const { key: _, ...change } = noted(stage, 'changed', { expiresAt });
        await store.modify('changed', () => change, call());
        await store.delete(['deleted'], call());
        await store.byIndex({ prefix: '', name: 'group', value: '1' }, { limit: 10 }, call());
        await store.prune(100, call());
        const told = await allExpired(stage);
        assert.deepEqual(namesOf(told), keys);
        await store.forgetExpired?.(told, call());
        assert.deepEqual(await allExpired(stage), []);
        assert.deepEqual([await readText(stage, 'again'), await readText(stage, 'changed')], ['value', 'value']);
      },
      missing,
    );

    states(
      'is dropped by prune once it has waited for more than a day',
      async (stage) => {
        const { store, call, advance } = stage;
        await store.set([noted(stage, 'a')], call());
        await advance(untilSurelyExpired + 86_300_000);
        await store.prune(100, call());
        assert.deepEqual(namesOf(await allExpired(stage)), ['a']);
        await advance(200_000);
        await store.prune(100, call());
        assert.deepEqual(namesOf(await allExpired(stage)), []);
      },
      missing ?? (options.clock === undefined ? undefined : 'a day is too long to wait for'),
    );
  });
}

async function allExpired({ store, call }: Stage, prefix = '', limit = 100): Promise<ExpiredEntry[]> {
  const all: ExpiredEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.expired?.({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) }, call());
    assert.ok(page !== undefined, 'a store that tells what expired has expired()');
    assert.ok(page.expired.length <= limit, `a page of ${limit} holds ${page.expired.length}`);
    all.push(...page.expired);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
