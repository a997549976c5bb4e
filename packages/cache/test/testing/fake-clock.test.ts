import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../src/testing/index.js';

describe('the fake clock', () => {
  it('stands still until it is moved', () => {
    const clock = fakeClock(1000);
    expect([clock.now(), clock.coarseNow()]).toEqual([1000, 1000]);
    clock.advance(5);
    expect([clock.now(), clock.coarseNow()]).toEqual([1005, 1005]);
  });

  it('runs tasks in the order of their times, each at its own time', () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name} at ${clock.now()}`);
    clock.schedule(note('late'), 30);
    clock.schedule(note('early'), 10);
    clock.schedule(note('also early'), 10);
    clock.advance(20);
    expect(ran).toEqual(['early at 10', 'also early at 10']);
    clock.advance(10);
    expect(ran.at(-1)).toBe('late at 30');
    expect(clock.pendingTasks()).toBe(0);
  });

  it('runs tasks that tasks add, if they fall due in time', () => {
    const clock = fakeClock(0);
    const ran: number[] = [];
    const tick = () => {
      ran.push(clock.now());
      clock.schedule(tick, 10);
    };
    clock.schedule(tick, 10);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  it('forgets a task that was cancelled', () => {
    const clock = fakeClock(0);
    const cancel = clock.schedule(() => expect.unreachable(), 10);
    cancel();
    cancel();
    clock.advance(100);
  });

  it('does not move backwards', () => {
    expect(() => fakeClock().advance(-1)).toThrow(RangeError);
  });
});
