import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntryWrite } from '../../src/contracts/tier.js';
import type { EvictionPolicy } from '../../src/memory/eviction/eviction-policy.js';
import { LeastRecentlyUsed } from '../../src/memory/eviction/lru.js';
import { S3Fifo } from '../../src/memory/eviction/s3-fifo.js';
import { WindowTinyLfu } from '../../src/memory/eviction/w-tinylfu.js';
import { keyHasher } from '../../src/memory/hash-key.js';
import { MemoryStore } from '../../src/memory/memory-store.js';
import { MemoryTable, type RowJudge } from '../../src/memory/memory-table.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';

const policies: readonly (readonly [string, () => EvictionPolicy])[] = [
  ['lru', () => new LeastRecentlyUsed()],
  ['s3-fifo', () => new S3Fifo()],
  ['w-tinylfu', () => new WindowTinyLfu()],
];
const rowBytes = 120;

interface Opened {
  readonly store: MemoryStore;
  readonly tables: readonly MemoryTable[];
  readonly clock: FakeClock;
  readonly told: string[];
}

function open(policy: EvictionPolicy, maxEntries: number, maxBytes: number, namespaces = 2): Opened {
  const clock = fakeClock();
  const told: string[] = [];
  const parts = { clock, policy, hashKey: keyHasher(1), copyValue: <T>(value: T) => value, maxEntries, maxBytes };
  const store = new MemoryStore(parts);
  const tables = Array.from({ length: namespaces }, (_, at) => {
    const evicted = (key: string, reason: string) => told.push(`${at}/${key} evicted: ${reason}`);
    return new MemoryTable(store, { evicted, expired: (key) => told.push(`${at}/${key} expired`) }, allValid, false);
  });
  return { store, tables, clock, told };
}

function writeOf(value: unknown, size: number, life: number, now: number, stale = 0): EntryWrite {
  return {
    survey: { value, isPlainJson: true, isMutable: false, size },
    createdAt: now,
    freshUntil: now + life,
    staleUntil: now + life + stale,
    refreshAt: now + life,
    version: undefined,
    details: undefined,
    loadMillis: undefined,
  };
}

const everySlot = ({ endOfSlots }: MemoryStore) => ({ slots: endOfSlots, limit: endOfSlots });

const allValid: RowJudge = { generation: 1, judge: () => 'valid' };

/** The whole structure: the counts, the bounds, every key where its table says it is, and every queue without a slot too many. */
function validate({ store, tables, clock }: Opened): void {
  const listed = tables.map((table) => table.keysFrom(1, everySlot(store), '', Number.NEGATIVE_INFINITY).keys);
  const slots = listed.flat().length;
  expect(slots).toBe(store.entries);
  const queued = Object.values(store.policy.queues).reduce((sum, { size }) => sum + size, 0);
  expect(queued).toBe(store.entries);
  let bytes = 0;
  for (let slot = 1; slot < store.endOfSlots; slot++) {
    if (store.columns.keys[slot] === undefined) expect(store.columns.values[slot]).toBeUndefined();
    else bytes += store.columns.sizes[slot] as number;
  }
  expect(bytes).toBe(store.bytes);
  expect(store.entries).toBeLessThanOrEqual(store.bounds.maxEntries);
  expect(store.bytes).toBeLessThanOrEqual(store.bounds.maxBytes);
  for (const [at, table] of tables.entries()) {
    expect(table.size).toBe(listed[at]?.length);
    expect(new Set(listed[at]).size).toBe(listed[at]?.length);
    for (const key of table.keysFrom(1, everySlot(store), '', clock.now()).keys)
      expect(table.getFresh(key)).toBeDefined();
  }
}

const key = fc.integer({ min: 0, max: 30 }).map((number) => `k${number}`);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      at: fc.nat(1),
      key,
      size: fc.integer({ min: 0, max: 400 }),
      life: fc.integer({ min: 1, max: 5_000 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), at: fc.nat(1), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(1), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('touch' as const),
      at: fc.nat(1),
      key,
      life: fc.integer({ min: 1, max: 9_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), life: fc.integer({ min: 0, max: 4_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), entries: fc.nat(20), bytes: fc.nat(6_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const) }) },
);

describe.each(policies)('the memory store with %s', (_, makePolicy) => {
  it('is sound after every operation, and never answers with anything but what was put last', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(6_000), fc.array(step, { maxLength: 80 }), (maxEntries, maxBytes, steps) => {
        const opened = open(makePolicy(), maxEntries, maxBytes);
        const { store, tables, clock, told } = opened;
        const model = new Map<string, { value: number; until: number }>();
        for (const [number, action] of steps.entries()) {
          const name = 'key' in action ? `${action.at}/${action.key}` : '';
          const table = tables['at' in action ? action.at : 0] as MemoryTable;
          const now = clock.now();
          if (action.kind === 'put') {
            table.put(action.key, writeOf(number, action.size, action.life, now), now);
            model.set(name, { value: number, until: now + action.life });
          } else if (action.kind === 'get') {
            const value = table.getFresh(action.key);
            const put = model.get(name);
            if (value !== undefined) expect(value).toBe(put !== undefined && now < put.until ? put.value : 'nothing');
          } else if (action.kind === 'delete') {
            table.delete(action.key, now);
            model.delete(name);
          } else if (action.kind === 'touch') {
            if (table.row(action.key, now) !== undefined) {
              table.touch(action.key, now + action.life, now + action.life, now + action.life);
              model.set(name, { value: model.get(name)?.value as number, until: now + action.life });
            }
          } else if (action.kind === 'wait') clock.advance(action.life);
          else if (action.kind === 'resize') store.resize({ maxEntries: action.entries, maxBytes: action.bytes });
          else store.prune(1_000, now);
          validate(opened);
        }
        const left = told.length;
        expect(store.expirations + store.evictions.entries + store.evictions.bytes + store.evictions['too-large']).toBe(
          left,
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([0, 1, 2])('works at a capacity of %d', (capacity) => {
    const opened = open(makePolicy(), capacity, 1_000_000);
    for (let at = 0; at < 100; at++) {
      opened.tables[0]?.put(`k${at % 7}`, writeOf(at, 10, 1_000, opened.clock.now()), opened.clock.now());
      opened.tables[0]?.getFresh(`k${at % 3}`);
      validate(opened);
    }
    expect(opened.store.entries).toBe(capacity);
  });

  it('refuses an entry that is larger than the bound alone, and keeps the others', () => {
    const { store, tables, clock, told } = open(makePolicy(), 100, 1_000);
    const table = tables[0] as MemoryTable;
    table.put('small', writeOf(1, 10, 1_000, clock.now()), clock.now());
    table.put('large', writeOf(2, 2_000, 1_000, clock.now()), clock.now());
    expect(table.getFresh('small')).toBe(1);
    expect(table.getFresh('large')).toBeUndefined();
    expect(told).toEqual(['0/large evicted: too-large']);
    table.put('small', writeOf(3, 2_000, 1_000, clock.now()), clock.now());
    expect(table.getFresh('small')).toBeUndefined();
    expect([store.entries, store.bytes]).toEqual([0, 0]);
  });

  it('counts the bytes of rows, keys and values', () => {
    const { store, tables, clock } = open(makePolicy(), 100, 1_000_000);
    tables[0]?.put('four', writeOf(1, 10, 1_000, clock.now()), clock.now());
    expect(store.bytes).toBe(rowBytes + 2 * 4 + 10);
    tables[0]?.put('four', writeOf(1, 30, 1_000, clock.now()), clock.now());
    expect(store.bytes).toBe(rowBytes + 2 * 4 + 30);
  });

  it('sweeps what expired on one timer, tells of each once, and leaves no timer behind', () => {
    const { store, tables, clock, told } = open(makePolicy(), 10_000, 100_000_000);
    for (let at = 0; at < 5_000; at++) {
      tables[at % 2]?.put(`k${at}`, writeOf(at, 10, 1_000 + (at % 50) * 100, clock.now()), clock.now());
    }
    expect(clock.pendingTasks()).toBe(1);
    clock.advance(20_000);
    expect([store.entries, store.expirations, new Set(told).size]).toEqual([0, 5_000, 5_000]);
    expect(clock.pendingTasks()).toBe(0);
  });

  it('is as sound when very many keys come, and go again', () => {
    const opened = open(makePolicy(), 200_000, Number.POSITIVE_INFINITY);
    const { store, tables, clock, told } = opened;
    for (let at = 0; at < 200_000; at++) {
      tables[at % 16 === 0 ? 1 : 0]?.put(`k${at}`, writeOf(at, 10, 1_000 + (at % 90) * 100, clock.now()), clock.now());
    }
    for (let seconds = 0; seconds < 12; seconds++) {
      clock.advance(1_000);
      expect(tables.reduce((sum, { size }) => sum + size, 0)).toBe(store.entries);
    }
    expect([store.entries, store.expirations, new Set(told).size]).toEqual([0, 200_000, 200_000]);
    tables[0]?.put('k', writeOf('again', 10, 1_000, clock.now()), clock.now());
    validate(opened);
  });

  it('tells of an expiry before its replacement can be seen', () => {
    const { tables, clock, told } = open(makePolicy(), 10, 1_000_000);
    const table = tables[0] as MemoryTable;
    table.put('k', writeOf('old', 10, 100, clock.now()), clock.now());
    clock.advance(100);
    table.put('k', writeOf('new', 10, 100, clock.now()), clock.now());
    expect(told).toEqual(['0/k expired']);
    expect(table.getFresh('k')).toBe('new');
  });

  it('holds one entry of a key, even where a listener wrote it when it was told of the expiry', () => {
    const clock = fakeClock();
    const parts = { clock, policy: makePolicy(), hashKey: keyHasher(1), copyValue: <T>(value: T) => value };
    const store = new MemoryStore({ ...parts, maxEntries: 10, maxBytes: 1_000_000 });
    const expired = (key: string) => table.put(key, writeOf('told', 10, 100, clock.now()), clock.now());
    const table = new MemoryTable(store, { evicted: () => {}, expired }, allValid, false);
    table.put('k', writeOf('old', 10, 100, clock.now()), clock.now());
    clock.advance(100);
    table.put('k', writeOf('new', 10, 100, clock.now()), clock.now());
    expect([table.size, store.entries, table.getFresh('k')]).toEqual([1, 1, 'new']);
    expect(table.delete('k', clock.now())).toBe(true);
    expect([table.size, store.entries, table.getFresh('k')]).toEqual([0, 0, undefined]);
  });

  it('holds a stale entry to the end of its window, and no longer calls it fresh', () => {
    const { tables, clock } = open(makePolicy(), 10, 1_000_000);
    const table = tables[0] as MemoryTable;
    table.put('plain', writeOf(1, 10, 500, clock.now()), clock.now());
    table.put('k', writeOf(2, 10, 100, clock.now(), 900), clock.now());
    clock.advance(100);
    expect(table.getFresh('k')).toBeUndefined();
    expect(table.row('k', clock.now())).toMatchObject({ value: 2 });
    expect(table.getFresh('plain')).toBe(1);
    clock.advance(900);
    expect(table.row('k', clock.now())).toBeUndefined();
  });
});
