import fc from 'fast-check';
import { expect } from 'vitest';
import type { IndexTerms } from '../../src/contracts/entry.js';
import type {
  ExpiredEntry,
  KeyPage,
  Store,
  StoreChange,
  StoreWrite,
  WriteCondition,
} from '../../src/contracts/store.js';
import { memoryMapStore } from '../../src/testing/index.js';

/** Few keys and short lives, so that operations meet on the same entries and these expire between them. */
const key = fc.constantFrom('a', 'a:1', 'a:2', 'b', 'b:\u0000', '😀', 'é');
const life = fc.constantFrom(-1, 0, 5, 50, Number.POSITIVE_INFINITY);
const terms: fc.Arbitrary<IndexTerms> = fc.dictionary(fc.constantFrom('user', 'plan'), fc.constantFrom('1', '2', ''), {
  maxKeys: 2,
});
const version = fc.constantFrom('v1', 'v2', 'v3');
const condition: fc.Arbitrary<WriteCondition | undefined> = fc.option(
  fc.oneof(fc.constant({ absent: true } as const), fc.record({ version })),
  { nil: undefined },
);
const content = fc.record({ bytes: fc.uint8Array({ maxLength: 20 }), life, version, indexes: terms });
const write = fc.record({ key, content, condition });
const limit = fc.integer({ min: 1, max: 4 });
const prefix = fc.constantFrom('', 'a', 'a:', 'b', 'x');

const operation = fc.oneof(
  fc.record({ does: fc.constant('set' as const), writes: fc.array(write, { maxLength: 4 }) }),
  fc.record({ does: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 3 }) }),
  fc.record({
    does: fc.constant('modify' as const),
    key,
    change: fc.oneof(content, fc.constantFrom('keep', 'delete', 'throw')),
  }),
  fc.record({ does: fc.constant('get' as const), keys: fc.array(key, { maxLength: 7 }) }),
  fc.record({ does: fc.constant('scan' as const), prefix, limit }),
  fc.record({
    does: fc.constant('byIndex' as const),
    prefix,
    limit,
    name: fc.constantFrom('user', 'plan'),
    value: fc.constantFrom('1', '2', ''),
  }),
  fc.record({ does: fc.constant('prune' as const), limit }),
  fc.record({ does: fc.constant('expired' as const), prefix, limit }),
  fc.record({ does: fc.constant('forget' as const), key }),
  fc.record({ does: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 60 }) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Each> ? Each : never;
type Content = typeof content extends fc.Arbitrary<infer Each> ? Each : never;

/** What the operation answers, in a form in which the answers of two stores can be compared. */
async function answerOf(store: Store, each: Operation, now: number, tells: boolean): Promise<unknown> {
  const call = { now };
  switch (each.does) {
    case 'set':
      return store.set(
        each.writes.map((one) => writeAt(now, one, tells)),
        call,
      );
    case 'delete':
      return store.delete(each.keys, call);
    case 'get':
      return (await store.get(each.keys, call)).map(comparable);
    case 'modify':
      return store
        .modify(each.key, changeAt(now, each.change, tells ? noteOf(each.key) : {}), call)
        .then(comparable, (error: Error) => error.message);
    case 'scan':
      return allPages((page) => store.scan(each.prefix, page, call), each.limit);
    case 'byIndex':
      return allPages((page) => store.byIndex(each, page, call), each.limit);
    case 'prune':
      // How many there are depends on what byIndex has cleaned away; that none is left after it does not.
      await store.prune(1000, call);
      return store.prune(each.limit, call);
    case 'expired':
      return tells ? allExpired(store, each.prefix, each.limit, now) : undefined;
    case 'forget': {
      if (!tells) return undefined;
      const expired = await allExpired(store, each.key, 3, now);
      const told = expired.filter(({ key }) => key === each.key);
      return store.forgetExpired?.(told, call);
    }
    case 'wait':
      return undefined;
  }
}

function writeAt(
  now: number,
  {
    key,
    content: { life, ...rest },
    condition,
  }: { key: string; content: Content; condition: WriteCondition | undefined },
  tells: boolean,
): StoreWrite {
  return {
    key,
    ...rest,
    ...(tells ? noteOf(key) : {}),
    expiresAt: now + life,
    ...(condition === undefined ? {} : { condition }),
  };
}

function changeAt(now: number, change: Content | string, note: { expiryNote?: string }): StoreChange {
  return () => {
    if (change === 'throw') throw new Error('thrown by the change');
    if (change === 'keep' || change === 'delete') return change;
    const { life, ...rest } = change as Content;
    return { ...rest, ...note, expiresAt: now + life };
  };
}

/** Some keys have a note at each write, the others at none. */
function noteOf(key: string): { readonly expiryNote?: string } {
  return key.startsWith('a') || key === '😀' ? { expiryNote: `the end of ${key}` } : {};
}

async function allExpired(store: Store, prefix: string, limit: number, now: number): Promise<ExpiredEntry[]> {
  const all: ExpiredEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.expired?.({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) }, { now });
    expect(page?.expired.length).toBeLessThanOrEqual(limit);
    all.push(...(page?.expired ?? []));
    cursor = page?.cursor;
  } while (cursor !== undefined);
  const name = ({ key, expiresAt }: ExpiredEntry) => `${key} ${expiresAt}`;
  return all.sort((one, other) => (name(one) < name(other) ? -1 : 1));
}

function comparable(entry: { bytes: Uint8Array; expiresAt: number; version: string } | undefined): unknown {
  return entry && { ...entry, bytes: [...entry.bytes] };
}

async function allPages(
  list: (page: { cursor?: string; limit: number }) => Promise<KeyPage>,
  limit: number,
): Promise<string[]> {
  const keys: string[] = [];
  for (let page = await list({ limit }); ; page = await list({ cursor: page.cursor, limit })) {
    expect(page.keys.length).toBeLessThanOrEqual(limit);
    keys.push(...page.keys);
    if (page.cursor === undefined) return keys.sort();
  }
}

export interface StoreModelParts {
  /** Opens an empty store for each sequence of operations, and tells what to do after it. */
  readonly open: () => Promise<{ readonly store: Store; readonly end: () => Promise<void> }>;
  readonly numRuns: number;
  /** Where time begins: now, for a server that drops by itself what has long expired. */
  readonly startAt?: number;
}

/** Rejects with the shortest sequence of operations that a store answers in another way than the memory-map store. */
export async function expectLikeMemoryMap({ open, numRuns, startAt = 1_000_000 }: StoreModelParts): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
      const { store, end } = await open();
      const model = memoryMapStore();
      let now = startAt;
      const tells = store.capabilities.tellsExpiry === true;
      for (const each of operations) {
        if (each.does === 'wait') now += each.milliseconds;
        expect(await answerOf(store, each, now, tells)).toEqual(await answerOf(model, each, now, tells));
      }
      await store.close();
      await end();
    }),
    { numRuns },
  );
}
