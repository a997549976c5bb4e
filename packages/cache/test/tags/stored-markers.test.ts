import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoreCall } from '../../src/contracts/store.js';
import { decodeLedger, decodeMarker, type Ledger } from '../../src/tags/marker-records.js';
import { Markers, markerAt } from '../../src/tags/markers.js';
import { StoredMarkers } from '../../src/tags/stored-markers.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { settled } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';

const hour = 3_600_000;
const start = 1_000_000;

let clock: FakeClock;
let store: Store;
beforeEach(() => {
  clock = fakeClock(start);
  store = memoryMapStore();
});

const now = (): StoreCall => ({ now: clock.now() });

interface Instance {
  readonly stored: StoredMarkers;
  readonly witnessed: () => number;
  readonly clearsSeen: () => number;
}

let versions = 0;

function instance(prefix = '#:'): Instance {
  let witnessed = 0;
  let clears = 0;
  const stored = new StoredMarkers({
    prefix,
    markers: new Markers({ limit: 1_000 }),
    nextVersion: () => `v${versions++}`,
    witness(time) {
      witnessed = Math.max(witnessed, time);
    },
    clearedElsewhere() {
      clears++;
    },
  });
  return { stored, witnessed: () => witnessed, clearsSeen: () => clears };
}

async function invalidate({ stored }: Instance, tags: readonly string[], time = clock.now(), remove = false) {
  stored.raiseHere(tags, markerAt(time, remove));
  await stored.raiseInStore(new Map(tags.map((tag) => [tag, markerAt(time, remove)])), store, now());
}

/** What a read of entries does: takes in the ledger, then the markers that are asked for. */
async function look({ stored }: Instance, createdAt: number, tags: readonly string[]): Promise<string[]> {
  stored.absorbLedger((await store.get([stored.ledgerKey], now()))[0]?.bytes);
  const unknown = stored.unknownTags(createdAt, tags);
  const { epoch } = stored;
  const keys = unknown.map((tag) => stored.markerKey(tag));
  const found = keys.length === 0 ? [] : await store.get(keys, now());
  stored.absorbMarkers(
    unknown,
    found.map((each) => each?.bytes),
    epoch,
  );
  return unknown;
}

async function ledgerIn({ stored }: Instance): Promise<Ledger> {
  return decodeLedger((await store.get([stored.ledgerKey], now()))[0]?.bytes);
}

async function markerIn({ stored }: Instance, tag: string) {
  const [record] = await store.get([stored.markerKey(tag)], now());
  return { ...decodeMarker(record?.bytes), expiresAt: record?.expiresAt };
}

describe('markers in a store', () => {
  it('are set if greater, by two instances at once, whichever comes last', async () => {
    const [one, other] = [instance(), instance()];
    await Promise.all([invalidate(one, ['t'], start + 9), invalidate(other, ['t'], start + 5)]);
    expect(await markerIn(one, 't')).toMatchObject({ expiredAt: start + 9, removedAt: 0 });
    await invalidate(other, ['t'], start + 7, true);
    expect(await markerIn(one, 't')).toMatchObject({ expiredAt: start + 9, removedAt: start + 7 });
    expect(await ledgerIn(one)).toMatchObject({ epoch: 3, invalidatedAt: start + 9 });
  });

  it('end up as the highest of any invalidations of two instances, over a store that dawdles', async () => {
    const call = fc.record({
      by: fc.nat({ max: 1 }),
      tag: fc.constantFrom('a', 'b'),
      time: fc.integer({ min: 1, max: 20 }),
      remove: fc.boolean(),
      wait: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), fc.nat(), async (calls, seed) => {
        clock = fakeClock(start);
        store = chaosStore(memoryMapStore(), { random: seededRandom(seed), clock, delay: [1, 5] });
        const instances = [instance(), instance()] as const;
        const running: Promise<unknown>[] = [];
        for (const { by, tag, time, remove, wait } of calls) {
          running.push(invalidate(instances[by as 0 | 1], [tag], time, remove));
          clock.advance(wait);
        }
        let over = false;
        const all = Promise.all(running).then(() => {
          over = true;
        });
        while (!over) {
          clock.advance(1);
          await settled(1);
        }
        await all;
        store = chaosStore(store, { random: seededRandom(1), clock });
        for (const tag of ['a', 'b']) {
          const of = calls.filter((each) => each.tag === tag);
          const reading = markerIn(instances[0], tag);
          for (let at = 0; at < 10; at++) {
            clock.advance(1);
            await settled(1);
          }
          expect(await reading).toMatchObject({
            expiredAt: Math.max(0, ...of.map(({ time }) => time)),
            removedAt: Math.max(0, ...of.map(({ time, remove }) => (remove ? time : 0))),
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are known elsewhere once the ledger was read, and judged as here', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(one, ['t'], start, true);
    expect(await look(other, start - 1, ['t', 'u'])).toEqual(['t', 'u']);
    expect(other.stored.judge(start, ['t'])).toBe('removed');
    expect(other.stored.judge(start + 1, ['t'])).toBe('valid');
    expect(other.stored.judge(start - 1, ['u'])).toBe('valid');
    expect(other.witnessed()).toBe(start);
  });

  it('are read once until the epoch rises, and never for what is younger than any invalidation', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(one, ['t']);
    expect(await look(other, start - 1, ['u'])).toEqual(['u']);
    expect(await look(other, start - 1, ['u'])).toEqual([]);
    expect(await look(other, start + 1, ['v'])).toEqual([]);
    clock.advance(10);
    await invalidate(one, ['u']);
    expect(await look(other, start - 1, ['u'])).toEqual(['u']);
    expect(other.stored.judge(start - 1, ['u'])).toEqual({ staleSince: start + 10 });
  });

  it('need not be read again after an invalidation of this process', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(other, ['x']);
    await look(one, start - 1, ['u']);
    await invalidate(one, ['t']);
    await invalidate(one, ['s']);
    expect(await look(one, start - 1, ['u'])).toEqual([]);
  });

  it('must be read again after an invalidation of another that came between two of this process', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(one, ['t']);
    await look(one, start - 1, ['u']);
    await invalidate(other, ['u']);
    await invalidate(one, ['t'], start + 1);
    expect(await look(one, start - 1, ['u'])).toEqual(['u']);
    expect(one.stored.judge(start - 1, ['u'])).toEqual({ staleSince: start });
  });

  it('rise to another generation when somebody else invalidated something, and not when nobody did', async () => {
    const [one, other] = [instance(), instance()];
    await look(other, 0, []);
    const { generation } = other.stored;
    await look(other, 0, []);
    expect(other.stored.generation).toBe(generation);
    await invalidate(one, ['t']);
    await look(other, 0, []);
    expect(other.stored.generation).toBeGreaterThan(generation);
  });

  it('make a row be looked up in the store until its tags are known', async () => {
    const [one, other] = [instance(), instance()];
    expect(other.stored.judgeRow(start - 1, ['u'])).toBe('valid');
    await invalidate(one, ['t']);
    other.stored.absorbLedger((await store.get([other.stored.ledgerKey], now()))[0]?.bytes);
    expect(other.stored.judgeRow(start - 1, ['u'])).toBe('removed');
    expect(other.stored.judgeRow(start + 1, ['u'])).toBe('valid');
    expect(other.stored.judgeRow(start - 1, [])).toBe('valid');
    await look(other, start - 1, ['u']);
    expect(other.stored.judgeRow(start - 1, ['u'])).toBe('valid');
  });

  it('are asked for by a short key, whatever the tag', async () => {
    const { stored } = instance();
    const keys = ['a', 'a'.repeat(64), 'a'.repeat(65), `${'a'.repeat(1_023)}b`, 'a'.repeat(1_024)].map((tag) =>
      stored.markerKey(tag),
    );
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key.length).toBeLessThan(80);
    expect(stored.markerKey(`${'a'.repeat(10)}`)).not.toBe(stored.ledgerKey);
  });

  it('are judged as never raised where their record cannot be read', () => {
    expect(decodeMarker(Uint8Array.of(1, 2, 3))).toEqual({ expiredAt: 0, removedAt: 0 });
    expect(decodeLedger(Uint8Array.of(1, 2, 3))).toMatchObject({ clearedAt: 0, epoch: 0, longestLife: 0 });
  });
});

describe('the life of a marker', () => {
  it('is an hour at least, and ends', async () => {
    const one = instance();
    await invalidate(one, ['t']);
    expect((await markerIn(one, 't')).expiresAt).toBe(start + hour);
    clock.advance(hour);
    expect(await markerIn(one, 't')).toMatchObject({ expiredAt: 0, expiresAt: undefined });
  });

  it('is at least the longest life that anybody announced', async () => {
    const [one, other] = [instance(), instance()];
    await one.stored.announce(10 * hour, false, store, now());
    await invalidate(other, ['t']);
    expect((await markerIn(one, 't')).expiresAt).toBeGreaterThanOrEqual(start + 10 * hour);
    expect((await markerIn(one, 't')).expiresAt).toBeLessThanOrEqual(start + 20 * hour);
  });

  it('has no end where entries have none', async () => {
    const one = instance();
    await one.stored.announce(Number.POSITIVE_INFINITY, false, store, now());
    expect((await ledgerIn(one)).longestLife).toBe(Number.POSITIVE_INFINITY);
    await invalidate(instance(), ['t']);
    expect((await markerIn(one, 't')).expiresAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('never becomes shorter', async () => {
    const one = instance();
    await one.stored.announce(10 * hour, false, store, now());
    await invalidate(one, ['t'], start + 5);
    await store.delete([one.stored.ledgerKey], now());
    const other = instance();
    await invalidate(other, ['t'], start + 6);
    expect((await markerIn(one, 't')).expiresAt).toBeGreaterThanOrEqual(start + 10 * hour);
  });

  it('is as long as a life that is announced while the marker is being written', async () => {
    const [one, other] = [instance(), instance()];
    const held = heldStore(store);
    const release = held.hold('modify', 'answer');
    other.stored.raiseHere(['t'], markerAt(start, false));
    const raising = other.stored.raiseInStore(new Map([['t', markerAt(start, false)]]), held, now());
    await settled();
    // The marker stands, with the life that was known before.
    await one.stored.announce(100 * hour, false, store, now());
    release();
    await raising;
    expect((await markerIn(one, 't')).expiresAt).toBeGreaterThanOrEqual(start + 100 * hour);
  });

  it('is seen by whoever announces a longer one after it', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(other, ['t']);
    await one.stored.announce(100 * hour, false, store, now());
    expect(one.stored.unknownTags(start, ['t'])).toEqual(['t']);
  });
});

describe('the announcement of a life', () => {
  it('covers what was announced, whatever it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 2 ** 42, noNaN: true }), async (life) => {
        store = memoryMapStore();
        const one = instance();
        await one.stored.announce(life, true, store, now());
        expect(one.stored.isAnnounced(life, true)).toBe(true);
      }),
    );
    for (const power of [30, 36, 38, 40, 41]) {
      store = memoryMapStore();
      const one = instance();
      const life = 2 ** power + 2 ** -12;
      await one.stored.announce(life, false, store, now());
      expect(one.stored.isAnnounced(life, false)).toBe(true);
    }
  });

  it('is needed once for lives up to twice as long, and for stale windows apart', async () => {
    const one = instance();
    expect(one.stored.isAnnounced(hour, false)).toBe(false);
    await one.stored.announce(hour, false, store, now());
    expect(one.stored.isAnnounced(hour, false)).toBe(true);
    expect(one.stored.isAnnounced(hour, true)).toBe(false);
    await one.stored.announce(0, true, store, now());
    expect(one.stored.isAnnounced(hour, true)).toBe(true);
  });

  it('keeps the longest of two instances', async () => {
    const [one, other] = [instance(), instance()];
    await Promise.all([
      one.stored.announce(2 * hour, true, store, now()),
      other.stored.announce(8 * hour, false, store, now()),
    ]);
    expect(await ledgerIn(one)).toMatchObject({ holdsStale: true });
    expect((await ledgerIn(one)).longestLife).toBeGreaterThanOrEqual(8 * hour);
  });
});

describe('a store that lost its records', () => {
  it('is told a life again', async () => {
    const one = instance();
    await one.stored.announce(hour, true, store, now());
    await store.delete([one.stored.ledgerKey], now());
    await look(one, 0, []);
    expect(one.stored.isAnnounced(hour, true)).toBe(false);
    await one.stored.announce(hour, true, store, now());
    expect(await ledgerIn(one)).toMatchObject({ holdsStale: true });
  });

  it('takes nothing back that this process knows', async () => {
    const one = instance();
    await invalidate(one, ['t'], start, true);
    await one.stored.clear(start - 100, store, now());
    await store.delete([one.stored.ledgerKey, one.stored.markerKey('t')], now());
    await look(one, start, ['t']);
    expect(one.stored.judge(start, ['t'])).toBe('removed');
    expect(one.stored.judge(start - 100, [])).toBe('removed');
  });

  it('shows an invalidation that came after, even if the epoch is the same again', async () => {
    const [one, other] = [instance(), instance()];
    await invalidate(other, ['t']);
    await look(one, start - 1, ['u']);
    await store.delete([one.stored.ledgerKey], now());
    clock.advance(10);
    await invalidate(instance(), ['u']);
    expect(await look(one, start - 1, ['u'])).toEqual(['u']);
    expect(one.stored.judge(start - 1, ['u'])).toEqual({ staleSince: start + 10 });
  });
});

describe('a clear in a store', () => {
  it('is seen by others at their next read of the ledger, once', async () => {
    const [one, other] = [instance(), instance()];
    await one.stored.clear(start, store, now());
    await look(other, 0, []);
    await look(other, 0, []);
    expect(other.clearsSeen()).toBe(1);
    expect(one.clearsSeen()).toBe(0);
    expect(other.stored.judge(start, [])).toBe('removed');
    expect(other.stored.judge(start + 1, [])).toBe('valid');
    expect(other.witnessed()).toBe(start);
  });

  it('only rises', async () => {
    const [one, other] = [instance(), instance()];
    await one.stored.clear(start + 5, store, now());
    await other.stored.clear(start, store, now());
    expect(await ledgerIn(one)).toMatchObject({ clearedAt: start + 5 });
    expect(other.stored.judge(start + 3, [])).toBe('removed');
  });

  it('is told apart from that of another namespace', async () => {
    const [one, child] = [instance('#1:a:'), instance('#1:a1:b:')];
    await one.stored.clear(start, store, now());
    await look(child, 0, []);
    expect(child.stored.judge(1, [])).toBe('valid');
  });

  it('begins another generation elsewhere, so that loads from before are judged anew', async () => {
    const [one, other] = [instance(), instance()];
    await look(other, 0, []);
    const { generation } = other.stored;
    await one.stored.clear(start, store, now());
    await look(other, 0, []);
    expect(other.stored.generation).toBeGreaterThan(generation);
    expect(other.stored.invalidatedAt(start, [])).toBe(start);
    expect(other.stored.invalidatedAt(start + 1, [])).toBeUndefined();
  });
});
