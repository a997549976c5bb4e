import { type Cache, createCache } from '@larder/cache';
import { fakeClock } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultEventLimits } from '../../../src/modules/events/event-limits.js';
import { EventLogs } from '../../../src/modules/events/event-logs.js';

const clock = fakeClock();
let entries: Cache;
let listening: number;
let logs: EventLogs;

beforeEach(() => {
  entries = createCache({ namespace: 'tenants', clock });
  listening = 0;
  const counted: Pick<Cache, 'on'> = {
    on(type, listener) {
      listening++;
      const stop = entries.on(type, listener);
      return () => {
        listening--;
        stop();
      };
    },
  };
  logs = new EventLogs({ entries: counted as Cache, limits: defaultEventLimits, timers: clock });
});
afterEach(async () => {
  logs.close();
  await entries.close();
});

describe('the events of tenants', () => {
  it('are kept while somebody reads them, and a minute longer; otherwise nothing listens to the cache', () => {
    expect(listening).toBe(0);
    const [first, second] = [logs.read('shop'), logs.read('shop')];
    expect(first.log).toBe(second.log);
    expect([logs.readersOf('shop'), listening > 0]).toEqual([2, true]);
    first.leave();
    first.leave();
    clock.advance(100_000);
    expect(logs.readersOf('shop')).toBe(1);
    second.leave();
    clock.advance(59_999);
    const third = logs.read('shop');
    expect(third.log).toBe(first.log);
    clock.advance(100_000);
    third.leave();
    clock.advance(60_000);
    expect([logs.readersOf('shop'), listening]).toEqual([0, 0]);
    expect(logs.read('shop').log.name).not.toBe(first.log.name);
  });

  it('are of that tenant alone, also where the names of others look like its own', async () => {
    const { log } = logs.read('shop');
    for (const other of ['shop ', 'Shop', 'tenants', 'shop\u0000']) await entries.namespace(other).set('k', 1);
    await entries.namespace('shop').namespace('k').set('k', 1);
    await entries.set('shop', 1);
    clock.advance(5);
    expect(log.last).toBe(1);
    await entries.namespace('shop').set('k', 1);
    clock.advance(5);
    expect(log.at(2)).toEqual({ type: 'change', keys: ['k'] });
  });

  it('tell invalidated tags and a clear', async () => {
    const { log } = logs.read('shop');
    const shop = entries.namespace('shop');
    await shop.invalidateTags(['a', 'b'], { remove: true });
    await shop.clear();
    expect([log.at(2), log.at(3)]).toEqual([
      { type: 'invalidate-tags', tags: ['a', 'b'], remove: true },
      { type: 'clear' },
    ]);
  });
});
