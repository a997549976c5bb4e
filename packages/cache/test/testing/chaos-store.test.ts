import { describe, expect, it } from 'vitest';
import type { StoreWrite } from '../../src/contracts/store.js';
import { chaosStore, describeStoreContract, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';

const call = { now: 0 };
const writeOf = (key: string): StoreWrite => ({
  key,
  bytes: Buffer.from('value'),
  expiresAt: Number.POSITIVE_INFINITY,
  version: '1',
  indexes: {},
});

describe('the chaos store', () => {
  it('fails before or after a call took effect, in about the share it is told', async () => {
    const inner = memoryMapStore();
    const store = chaosStore(inner, { random: seededRandom(1), clock: fakeClock(), errorRate: 0.4 });
    const keys = Array.from({ length: 1000 }, (_, index) => `key:${index}`);
    const outcomes = await Promise.allSettled(keys.map((key) => store.set([writeOf(key)], call)));
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    const written = (await inner.get(keys, call)).filter((entry) => entry !== undefined).length;
    expect(failed).toBe(store.counts.failedBefore + store.counts.failedAfter);
    expect(written).toBe(store.counts.passed + store.counts.failedAfter);
    expect(failed).toBeGreaterThan(300);
    expect(failed).toBeLessThan(500);
    expect(Math.abs(store.counts.failedBefore - store.counts.failedAfter)).toBeLessThan(100);
  });

  it('does the same again with the same seed', async () => {
    const outcomesOf = async () => {
      const store = chaosStore(memoryMapStore(), { random: seededRandom(7), clock: fakeClock(), errorRate: 0.5 });
      const calls = Array.from({ length: 50 }, () => store.get(['key'], call));
      return (await Promise.allSettled(calls)).map((outcome) =>
        outcome.status === 'rejected' ? outcome.reason.message : 'passed',
      );
    };
    expect(await outcomesOf()).toEqual(await outcomesOf());
  });

  it('delays by its clock, within the bounds', async () => {
    const clock = fakeClock(0);
    const store = chaosStore(memoryMapStore(), { random: seededRandom(3), clock, delay: [10, 20] });
    const settledAt: number[] = [];
    const calls = Array.from({ length: 20 }, () => store.get(['key'], call).then(() => settledAt.push(clock.now())));
    for (let step = 0; step < 20; step += 1) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(calls);
    expect(Math.min(...settledAt)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...settledAt)).toBeLessThanOrEqual(20);
  });

  it('lets calls hang, and changes when it is told', async () => {
    const store = chaosStore(memoryMapStore(), { random: seededRandom(3), clock: fakeClock(), hangRate: 1 });
    let settled = false;
    const note = () => {
      settled = true;
    };
    store.get(['key'], call).then(note, note);
    store.become({ hangRate: 0, errorRate: 1 });
    await expect(store.get(['key'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    store.become({ errorRate: 0 });
    expect(await store.get(['key'], call)).toEqual([undefined]);
    expect(settled).toBe(false);
    expect(store.counts).toEqual({ passed: 1, failedBefore: 0, failedAfter: 1, hung: 1 });
  });
});

const { capabilities } = memoryMapStore();
describeStoreContract({
  describe,
  it,
  name: 'a chaos store in fair weather',
  capabilities,
  tellsTime: true,
  open: async () => chaosStore(memoryMapStore({ clock: Date }), { random: seededRandom(1), clock: fakeClock() }),
});
