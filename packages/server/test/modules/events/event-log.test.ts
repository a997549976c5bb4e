import { fakeClock } from '@larder/cache/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultEventLimits, type EventLimits } from '../../../src/modules/events/event-limits.js';
import { EventLog } from '../../../src/modules/events/event-log.js';
import { beginningAfter } from '../../../src/modules/events/resume.js';
import { sizeOf, type TenantEvent } from '../../../src/modules/events/tenant-event.js';

const name = 'abcdefghijkl';

function newLog(limits: Partial<EventLimits> = {}) {
  const clock = fakeClock();
  const room = { bytes: 0 };
  const log = new EventLog({ name, limits: { ...defaultEventLimits, ...limits }, room, timers: clock });
  const from = log.last;
  return {
    clock,
    room,
    log,
    logged: () => Array.from({ length: log.last - from }, (_, at) => log.at(from + 1 + at)),
  };
}

describe('the events of a tenant', () => {
  it('of keys are collected for a few milliseconds, each key once', () => {
    const { log, clock, logged } = newLog();
    log.keys('change', ['a']);
    log.keys('change', ['b', 'a']);
    expect(logged()).toEqual([]);
    clock.advance(5);
    expect(logged()).toEqual([{ type: 'change', keys: ['a', 'b'] }]);
    clock.advance(5);
    expect(logged()).toHaveLength(1);
  });

  it('do not wait when they are full, and have at most so many keys', () => {
    const { log, logged } = newLog({ keysPerEvent: 2 });
    log.keys('change', ['a', 'b', 'c', 'd', 'e']);
    expect(logged()).toEqual([
      { type: 'change', keys: ['a', 'b'] },
      { type: 'change', keys: ['c', 'd'] },
    ]);
  });

  it('stay in their order, whatever is collected', () => {
    const { log, clock, logged } = newLog();
    log.keys('change', ['a']);
    log.keys('expire', ['b']);
    log.tell({ type: 'clear' });
    log.keys('change', ['a']);
    log.reset();
    log.reset();
    log.keys('change', ['c']);
    clock.advance(5);
    expect(logged()).toEqual([
      { type: 'change', keys: ['a'] },
      { type: 'expire', keys: ['b'] },
      { type: 'clear' },
      { type: 'change', keys: ['a'] },
      { type: 'reset' },
      { type: 'change', keys: ['c'] },
    ]);
  });

  it('wake who follows, until it does no more', () => {
    const { log } = newLog();
    let woken = 0;
    const stop = log.follow(() => woken++);
    log.tell({ type: 'clear' });
    stop();
    log.tell({ type: 'clear' });
    expect(woken).toBe(1);
  });

  it('never take more room than they may, and are then known without a gap, or not at all', () => {
    const events = fc.array(
      fc.oneof(
        fc.record({
          type: fc.constant('change' as const),
          keys: fc.array(fc.string({ maxLength: 200 }), { minLength: 1 }),
        }),
        fc.constant<TenantEvent>({ type: 'clear' }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(events, (told) => {
        const { log, room, logged } = newLog({ loggedEvents: 50, loggedBytes: 20_000, keysPerEvent: 4 });
        for (const event of told) log.tell(event);
        const here = logged().filter((event) => event !== undefined);
        const bytes = here.reduce((sum, event) => sum + sizeOf(event), 0);
        expect(room.bytes).toBe(bytes);
        expect(here.length).toBeLessThanOrEqual(50);
        if (here.length > 16) expect(bytes).toBeLessThanOrEqual(20_000);
        expect(here).toEqual(told.slice(told.length - here.length));
        for (let number = 0; number <= log.last + 1; number++) {
          const isKnown = number <= log.last && number >= log.last - here.length;
          expect([number, log.isKnown(number)]).toEqual([number, isKnown]);
        }
        log.close();
        expect(room.bytes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('give up their own oldest when all logs together are over full', () => {
    const { log, room } = newLog({ loggedBytesOfAll: 10_000 });
    room.bytes = 10_000;
    for (let at = 0; at < 40; at++) log.tell({ type: 'clear' });
    expect([log.isKnown(log.last - 16), log.isKnown(log.last - 17)]).toEqual([true, false]);
  });
});

describe('a reader', () => {
  const { log } = newLog({ loggedEvents: 20 });
  for (let at = 0; at < 30; at++) log.tell({ type: 'clear' });

  it.each([
    ['that comes for the first time begins with what comes next', undefined, { position: 31, hasMissed: false }],
    ['goes on behind the last event it has seen', `${name}-20`, { position: 20, hasMissed: false }],
    ['goes on behind the newest', `${name}-31`, { position: 31, hasMissed: false }],
    ['that was away for too long has missed something', `${name}-10`, { position: 31, hasMissed: true }],
    ['from the beginning that is never known', `${name}-0`, { position: 31, hasMissed: true }],
    ['from the future', `${name}-32`, { position: 31, hasMissed: true }],
    ['of another log', 'abcdefghijkm-31', { position: 31, hasMissed: true }],
    ['with an id that is none', `${name}-`, { position: 31, hasMissed: true }],
    ['with an id that is almost one', `${name}-31 `, { position: 31, hasMissed: true }],
    ['with an empty id', '', { position: 31, hasMissed: true }],
  ])('%s', (_, lastEventId, beginning) => {
    expect(beginningAfter(log, lastEventId)).toEqual(beginning);
  });
});
