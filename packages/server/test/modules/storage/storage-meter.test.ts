import { type Cache, createCache } from '@larder/cache';
import { type FakeClock, fakeClock, memoryMapStore, seededRandom } from '@larder/cache/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { figuresOf } from '../../../src/modules/storage/storage-account.js';
import { StorageMeter } from '../../../src/modules/storage/storage-meter.js';
import { createStorageRecords, type StorageRecords } from '../../../src/modules/storage/storage-records.js';
import { createTenantDirectory } from '../../../src/modules/tenants/tenant-directory.js';
import type { TenantLimits } from '../../../src/modules/tenants/tenant-limits.js';

let clock: FakeClock;
let entries: Cache<Uint8Array>;
let refusals: number;
let censuses: number;
let records: StorageRecords;
let newMeter: (limits: Partial<TenantLimits>) => Promise<StorageMeter>;

beforeEach(() => {
  clock = fakeClock();
  refusals = 0;
  censuses = 0;
  const store = memoryMapStore();
  const all = createCache({ memory: false, store, clock, namespace: 'tenants' });
  const shared = createCache({ memory: false, store, clock, namespace: 'shared' });
  records = createStorageRecords(shared);
  const lock: Cache['lock'] = (name, options, work) => {
    censuses++;
    return shared.lock(name, options, work);
  };
  const counted = Object.assign(Object.create(shared) as Cache, {
    lock,
    update: shared.update.bind(shared),
    add: shared.add.bind(shared),
    get: shared.get.bind(shared),
  });
  newMeter = async (limits) => {
    const directory = createTenantDirectory({
      records: { get: async () => ({ id: 't', name: '', createdAt: 0, limits: limits as TenantLimits }) },
      entries: all,
      defaultTtlSeconds: 60,
      metering: { follow: () => {}, gateOf: () => undefined, storageOf: () => undefined },
    });
    const tenant = await directory.load('t');
    if (tenant === undefined) throw new Error('There must be a tenant.');
    entries = tenant.entries;
    return new StorageMeter({
      ...{ tenant, records, shared: counted, clock },
      onRefusal: () => refusals++,
      onError: (error) => expect.fail(String(error)),
    });
  };
});

async function write(meter: StorageMeter, key: string, bytes: number): Promise<boolean> {
  try {
    await meter.admit(key, bytes);
  } catch {
    return false;
  }
  const { created } = await entries.setEntry(key, new Uint8Array(bytes), { ttl: '60s' });
  meter.wrote(key, bytes, created);
  return true;
}

async function remove(meter: StorageMeter, key: string): Promise<void> {
  const removed = meter.removing();
  if (await entries.delete(key)) removed(1, key.length);
}

async function kept(): Promise<{ entries: number; bytes: number }> {
  const sum = { entries: 0, bytes: 0 };
  for await (const key of entries.keys()) {
    sum.entries++;
    sum.bytes += key.length + ((await entries.get(key))?.byteLength ?? 0);
  }
  return sum;
}

describe('a storage quota', () => {
  it('counts what was there before it, and refuses what is more', async () => {
    const meter = await newMeter({ entries: 3, storedBytes: null });
    for (const key of ['a', 'b']) await entries.set(key, new Uint8Array(1), { ttl: '60s' });
    expect([await write(meter, 'c', 1), await write(meter, 'd', 1)]).toEqual([true, false]);
    expect(refusals).toBe(1);
  });

  it('is never refused for what was overwritten: a census decides, and only one in two seconds', async () => {
    const meter = await newMeter({ entries: null, storedBytes: 1_000 });
    for (let at = 0; at < 200; at++) {
      expect(await write(meter, 'same', 100)).toBe(true);
      clock.advance(10);
    }
    expect(censuses).toBeLessThanOrEqual(2);
  });

  it('forgets what has expired, with the next census', async () => {
    const meter = await newMeter({ entries: 2, storedBytes: null });
    expect([await write(meter, 'a', 1), await write(meter, 'b', 1), await write(meter, 'c', 1)]).toEqual([
      true,
      true,
      false,
    ]);
    clock.advance(60_000);
    expect(await write(meter, 'c', 1)).toBe(true);
  });

  it('is shared by two processes, once each has told the other', async () => {
    const one = await newMeter({ entries: 10, storedBytes: null });
    const other = await newMeter({ entries: 10, storedBytes: null });
    let admitted = 0;
    for (let at = 0; at < 30; at++) {
      if (await write(at % 2 === 0 ? one : other, `k${at}`, 1)) admitted++;
      await one.tell();
      await other.tell();
      clock.advance(100);
    }
    // Each hears of what the other has written when it tells its own.
    expect(admitted).toBeGreaterThanOrEqual(10);
    expect(admitted).toBeLessThanOrEqual(11);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'is held against no less than is kept, however writes, deletes and censuses meet (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (count: number) => Math.floor(random() * count);
      let comparisons = 0;
      const meters = [await newMeter({ storedBytes: 1e9 }), await newMeter({ storedBytes: 1e9 })];
      for (let round = 0; round < 40; round++) {
        const under: Promise<unknown>[] = [];
        for (let step = 0; step < 10; step++) {
          const meter = meters[below(2)];
          if (meter === undefined) continue;
          const key = `k${below(20)}`;
          const what = below(8);
          if (what < 4) under.push(write(meter, key, below(100)));
          else if (what < 6) under.push(remove(meter, key));
          else if (what === 6) under.push(meter.tell());
          else under.push(meter.use(0));
          if (below(2) === 0) await new Promise((resolve) => setImmediate(resolve));
          clock.advance(below(600));
        }
        await Promise.all(under);
        for (const meter of meters) await meter.tell();
        const actual = await kept();
        const account = await records.get('t');
        const known = account && figuresOf(account);
        if (known === undefined) continue;
        comparisons++;
        expect(known.bytes).toBeGreaterThanOrEqual(actual.bytes);
        expect(known.entries).toBeGreaterThanOrEqual(actual.entries);
      }
      expect(comparisons).toBeGreaterThan(30);
    },
  );
});
