import { describe, expect, it } from 'vitest';
import type { Leases } from '../../src/contracts/lease.js';
import { Locks } from '../../src/locks/locks.js';
import { type FakeClock, fakeClock } from '../../src/testing/index.js';
import { MemoryLeases } from '../../src/tiers/memory-leases.js';
import { NameNews } from '../../src/tiers/name-news.js';
import { deferred } from '../load/deferred.js';
import { isPending, settled } from '../load/held-load.js';

/** The locks of one process; what it lets go of is called out to the others. */
function processWith(leases: Leases, clock: FakeClock, own: NameNews, others: NameNews): Locks {
  return new Locks({
    leases,
    isShared: true,
    clock,
    random: () => 0,
    onReleased: own.on,
    released: (lease) => others.tell([lease]),
    storeFailed: () => {},
    background: () => {},
    closing: new AbortController().signal,
  });
}

function twoProcesses(leasesOfOther = (leases: Leases) => leases) {
  const clock = fakeClock();
  const leases = new MemoryLeases(clock);
  const [heardByOne, heardByOther] = [new NameNews(clock), new NameNews(clock)];
  const one = processWith(leases, clock, heardByOne, heardByOther);
  const other = processWith(leasesOfOther(leases), clock, heardByOther, heardByOne);
  return { clock, one, other };
}

describe('a lock that another process let go of', () => {
  it('is had at once by those who wait, without any time passing', async () => {
    const { one, other } = twoProcesses();
    const work = deferred<void>();
    const running = one.lock('k', {}, () => work.promise);
    await settled();
    const waiting = other.lock('k', {}, () => 'had it');
    expect(await isPending(waiting)).toBe(true);
    work.resolve();
    await running;
    expect(await waiting).toBe('had it');
  });

  it('is not missed where the call came while the answer "somebody has it" was on its way', async () => {
    const answer = deferred<void>();
    const { one, other } = twoProcesses((leases) => ({
      take: async (...asked) => {
        const taken = await leases.take(...asked);
        await answer.promise;
        return taken;
      },
      extend: (...asked) => leases.extend(...asked),
      release: (...asked) => leases.release(...asked),
    }));
    const work = deferred<void>();
    const running = one.lock('k', {}, () => work.promise);
    await settled();
    const waiting = other.lock('k', {}, () => 'had it');
    await settled();
    work.resolve();
    await running;
    answer.resolve();
    expect(await waiting).toBe('had it');
  });

  it('leaves no timer behind, and wakes nobody who does not wait for it', async () => {
    const { one, other, clock } = twoProcesses();
    const work = deferred<void>();
    const running = one.lock('k', {}, () => work.promise);
    await settled();
    const waiting = other.lock('k', {}, () => {});
    await settled();
    await one.lock('another', {}, () => {});
    expect(await isPending(waiting)).toBe(true);
    work.resolve();
    await Promise.all([running, waiting]);
    expect(clock.pendingTasks()).toBe(0);
  });
});

it('those who stopped listening are called no more', () => {
  const calls = new NameNews(fakeClock());
  const heard: string[] = [];
  const stop = calls.on('k', () => heard.push('first'));
  calls.on('k', () => heard.push('second'));
  calls.tell(['l', 'k']);
  stop();
  stop();
  calls.tell(['k']);
  expect(heard).toEqual(['first', 'second', 'second']);
});
