import { fakeClock } from '@larder/cache/testing';
import { describe, expect, it } from 'vitest';
import { createExpiryBatches } from '../../../src/modules/webhooks/expiry-batches.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function start() {
  const clock = fakeClock();
  const told: [string, readonly string[]][] = [];
  const ids: string[] = [];
  const state = { fails: false, lost: 0, failures: 0, ids: 0 };
  const batches = createExpiryBatches({
    timers: clock,
    isWanted: (tenant) => tenant !== 'unwanted',
    newId: () => `id-${++state.ids}`,
    async tell(tenant, keys, id) {
      ids.push(id);
      if (state.fails) throw new Error('away');
      told.push([tenant, keys]);
    },
    failed: () => state.failures++,
    lost: (keys) => {
      state.lost += keys;
    },
  });
  return { clock, told, ids, state, batches };
}

describe('expiries for webhooks', () => {
  it('are collected for a second, by tenant, at most a hundred a delivery', async () => {
    const { clock, told, batches } = start();
    batches.expired('shop', ['a']);
    batches.expired('unwanted', ['x']);
    batches.expired(
      'shop',
      Array.from({ length: 100 }, (_, at) => `k${at}`),
    );
    batches.expired('other', ['b']);
    clock.advance(999);
    await settled();
    expect(told).toEqual([]);
    clock.advance(1);
    await settled();
    expect(told.map(([tenant, keys]) => [tenant, keys.length])).toEqual([
      ['shop', 100],
      ['shop', 1],
      ['other', 1],
    ]);
    expect(clock.pendingTasks()).toBe(0);
  });

  it('wait while they cannot be kept, up to a bound, and are told again under the same id', async () => {
    const { clock, told, ids, state, batches } = start();
    state.fails = true;
    batches.expired(
      'shop',
      Array.from({ length: 9_999 }, (_, at) => `k${at}`),
    );
    clock.advance(1_000);
    await settled();
    batches.expired('shop', ['a', 'b', 'c']);
    expect([state.lost, state.failures]).toEqual([2, 1]);
    state.fails = false;
    clock.advance(1_000);
    await settled();
    await settled();
    expect(told.flatMap(([, keys]) => keys)).toHaveLength(10_000);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(ids.length - 1);
  });

  it('are kept when the process stops', async () => {
    const { told, batches } = start();
    batches.expired('shop', ['a']);
    await batches.close();
    expect(told).toEqual([['shop', ['a']]]);
  });
});
