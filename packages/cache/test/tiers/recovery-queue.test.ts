import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntryWrite } from '../../src/contracts/tier.js';
import { markerAt } from '../../src/tags/markers.js';
import { RecoveryQueue } from '../../src/tiers/recovery-queue.js';

function write(createdAt: number, size = 10): EntryWrite {
  const survey = { value: createdAt, isPlainJson: true, isMutable: false, size };
  const [freshUntil, staleUntil] = [createdAt + 1_000, createdAt + 1_000];
  const [version, details, loadMillis] = [undefined, undefined, undefined];
  return { survey, createdAt, freshUntil, staleUntil, refreshAt: freshUntil, version, details, loadMillis };
}

interface Told {
  queue: RecoveryQueue;
  valuesLost: number;
  collapses: [time: number, sets: number][];
}

function open(bounds: { atMost?: number; bytesAtMost?: number } = {}): Told {
  const told: Told = {
    queue: new RecoveryQueue({
      ...bounds,
      valuesLost: (count) => {
        told.valuesLost += count;
      },
      collapsed: (time, sets) => told.collapses.push([time, sets]),
    }),
    valuesLost: 0,
    collapses: [],
  };
  return told;
}

const waiting = ({ queue }: Told) => [...queue.writes].map(([key, { kind, stamp }]) => `${kind} ${key} ${stamp}`);

describe('the writes that wait', () => {
  it('are the last one of each key', () => {
    const told = open();
    told.queue.set('a', write(1), 0);
    told.queue.set('b', write(2), 0);
    told.queue.delete('a', 3);
    expect(waiting(told)).toEqual(['set b 2', 'delete a 3']);
  });

  it('are the last one by stamp, not by arrival: a write may hang for longer than the one after it', () => {
    const told = open();
    told.queue.delete('a', 3);
    told.queue.set('a', write(1), 0);
    expect(waiting(told)).toEqual(['delete a 3']);
  });

  it('move with the clock that they were dated by', () => {
    const told = open();
    told.queue.clear(1);
    told.queue.set('a', write(2), 0);
    told.queue.delete('b', 3);
    told.queue.invalidate(['t'], markerAt(4, false));
    told.queue.shiftTimes(100);
    expect(waiting(told)).toEqual(['set a 102', 'delete b 103']);
    expect(told.queue.writes.get('a')).toMatchObject({
      write: { createdAt: 102, freshUntil: 1_102, staleUntil: 1_102 },
    });
    expect(told.queue.markers.get('t')).toEqual(markerAt(104, false));
    expect(told.queue.clearedAt).toBe(101);
  });

  it('are dropped by a clear from after them, and not by one from before', () => {
    const told = open();
    told.queue.set('a', write(1), 0);
    told.queue.set('b', write(3), 0);
    told.queue.clear(2);
    expect(waiting(told)).toEqual(['set b 3']);
    expect(told.queue.clearedAt).toBe(2);
    told.queue.delete('c', 2);
    expect(waiting(told)).toEqual(['set b 3']);
  });

  it('are dropped by a later write that reached the store, and by no earlier one', () => {
    const told = open();
    told.queue.set('a', write(5), 0);
    told.queue.reached('a', 4);
    expect(waiting(told)).toEqual(['set a 5']);
    told.queue.reached('a', 6);
    expect(told.queue.isEmpty).toBe(true);
    expect(told.queue.bytes).toBe(0);
  });

  it('become deletes where another process wrote later: neither the old value nor the one before it may stay', () => {
    const told = open();
    told.queue.set('a', write(5), 0);
    told.queue.overtake('a', 4);
    expect(waiting(told)).toEqual(['set a 5']);
    told.queue.overtake('a', 6);
    expect(waiting(told)).toEqual(['delete a 5']);
  });

  it('stay if they were replaced while they were replayed', () => {
    const told = open();
    told.queue.set('a', write(1), 0);
    const first = told.queue.writes.get('a');
    told.queue.set('a', write(2), 0);
    if (first !== undefined) told.queue.finish('a', first);
    expect(waiting(told)).toEqual(['set a 2']);
  });

  it('merge markers of a tag by the later time of each kind', () => {
    const { queue } = open();
    queue.invalidate(['t'], markerAt(5, true));
    queue.invalidate(['t', 'u'], markerAt(7, false));
    expect(queue.markers.get('t')).toEqual({ expiredAt: 7, removedAt: 5 });
    expect(queue.markers.get('u')).toEqual({ expiredAt: 7, removedAt: 0 });
    queue.clear(7);
    expect(queue.markers.size).toBe(0);
  });
});

describe('too many writes that wait', () => {
  it('become a clear up to the last of them, which forgets no delete', () => {
    const told = open({ atMost: 2 });
    told.queue.set('a', write(1), 0);
    told.queue.delete('b', 2);
    told.queue.delete('c', 3);
    expect(waiting(told)).toEqual([]);
    expect(told.queue.clearedAt).toBe(3);
    expect(told.collapses).toEqual([[3, 1]]);
    told.queue.set('d', write(4), 0);
    expect(waiting(told)).toEqual(['set d 4']);
  });

  it('become a clear where they are tags', () => {
    const told = open({ atMost: 2 });
    told.queue.invalidate(['t', 'u'], markerAt(5, true));
    told.queue.invalidate(['v'], markerAt(4, true));
    expect(told.queue.markers.size).toBe(0);
    expect(told.queue.clearedAt).toBe(5);
  });

  it('become deletes where the values are too large', () => {
    const told = open({ bytesAtMost: 1_000 });
    told.queue.set('a', write(1, 500), 0);
    told.queue.set('b', write(2, 500), 0);
    expect(waiting(told)).toEqual(['set a 1', 'delete b 2']);
    expect(told.valuesLost).toBe(1);
    told.queue.set('a', write(3, 600), 0);
    expect(waiting(told)).toEqual(['delete b 2', 'set a 3']);
  });
});

/** What a store would have if everything had reached it at once: for each key the stamp of its value, if there is one. */
class PlainStore {
  readonly values = new Map<string, number>();
  readonly clearedAt = { time: 0 };

  set(key: string, stamp: number): void {
    if (stamp > this.clearedAt.time && stamp > (this.values.get(key) ?? 0)) this.values.set(key, stamp);
  }

  deleteUpTo(key: string, stamp: number): void {
    if ((this.values.get(key) ?? Number.POSITIVE_INFINITY) <= stamp) this.values.delete(key);
  }

  clear(time: number): void {
    this.clearedAt.time = Math.max(this.clearedAt.time, time);
    for (const [key, stamp] of this.values) if (stamp <= time) this.values.delete(key);
  }
}

describe('a queue that is replayed', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), key, size: fc.nat(400) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  );

  it('leaves what would be there if nothing had failed, or, where too much waited, nothing older', () => {
    const bounds = fc.record({
      atMost: fc.integer({ min: 1, max: 6 }),
      bytesAtMost: fc.integer({ min: 300, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.array(key), bounds, (actions, standing, limits) => {
        const told = open(limits);
        const [truth, store] = [new PlainStore(), new PlainStore()];
        for (const each of standing) for (const one of [truth, store]) one.set(each, 1);
        actions.forEach((each, at) => {
          const stamp = at + 2;
          if (each.kind === 'set') {
            truth.set(each.key, stamp);
            told.queue.set(each.key, write(stamp, each.size), 0);
          } else if (each.kind === 'delete') {
            truth.deleteUpTo(each.key, stamp);
            told.queue.delete(each.key, stamp);
          } else {
            truth.clear(stamp);
            told.queue.clear(stamp);
          }
        });
        const { queue, collapses, valuesLost } = told;
        expect(queue.writes.size).toBeLessThanOrEqual(limits.atMost);
        expect(queue.bytes).toBeLessThanOrEqual(limits.bytesAtMost);
        // Twice, because what timed out is made again.
        for (let time = 0; time < 2; time++) {
          store.clear(queue.clearedAt);
          for (const [each, { kind, stamp }] of queue.writes) {
            if (kind === 'set') store.set(each, stamp);
            else store.deleteUpTo(each, stamp);
          }
        }
        if (collapses.length === 0 && valuesLost === 0)
          expect([...store.values].sort()).toEqual([...truth.values].sort());
        for (const [each, stamp] of store.values) expect(truth.values.get(each)).toBe(stamp);
      }),
      { numRuns: 500 },
    );
  });
});
