import { describe, expect, it } from 'vitest';
import { promised } from '../chaos/bounds.js';
import { checkHistory } from './check-history.js';
import {
  type CallRecord,
  type FaultRecord,
  type History,
  type LoadRecord,
  emptyHistory as nothing,
  type Seen,
} from './history.js';

const emptyHistory: History = { ...nothing, promised };

/** Calls take 10 ms unless they say otherwise. Time is in milliseconds. */
function call(name: CallRecord['call'], by: string, start: number, more: Partial<CallRecord> = {}): CallRecord {
  return { call: name, by, start, end: start + 10, keys: ['l1'], outcome: 'done', ...more };
}

function loaded(key: string, by: string, number: number, at: number, more: Partial<Seen> = {}): Seen {
  return { key, by, number, origin: 'loaded', at, ...more };
}

function load(key: string, by: string, number: number, at: number, end = at + 50): LoadRecord {
  return { by, key, number, at, end };
}

const get = (by: string, start: number, seen: Seen, more: Partial<CallRecord> = {}) =>
  call('get', by, start, { keys: [seen.key], seen: [seen], ...more });

const increment = (by: string, start: number, sum: number, more: Partial<CallRecord> = {}) =>
  call('increment', by, start, { keys: ['n1'], sum, ...more });

const fault = (start: number, end: number): FaultRecord => ({ kind: 'partition', start, end });

function found(parts: Partial<History>): string[] {
  return [...new Set(checkHistory({ ...emptyHistory, ...parts }).findings.map(({ name }) => name))];
}

describe('reads after an invalidation', () => {
  const old = loaded('l1', 'a', 1, 100);
  const loads = [load('l1', 'a', 1, 100)];
  const deleted = call('delete', 'b', 1_000);

  it('are stale if they began more than a second after it was acknowledged', () => {
    expect(found({ loads, calls: [deleted, get('c', 2_011, old)] })).toEqual(['stale-read']);
    expect(found({ loads, calls: [deleted, get('c', 2_009, old)] })).toEqual([]);
  });

  it('are counted, and by how much they were late', () => {
    const { staleness } = checkHistory({ ...emptyHistory, loads, calls: [deleted, get('c', 1_030, old)] });
    expect(staleness).toEqual({ calm: [20], disturbed: [] });
  });

  it('are right if the source was read during it, or after', () => {
    const during = loaded('l1', 'a', 1, 1_005);
    expect(found({ loads: [load('l1', 'a', 1, 1_005)], calls: [deleted, get('c', 9_000, during)] })).toEqual([]);
  });

  it.each([
    ['set', call('set', 'b', 1_000, { keys: ['l1'], number: 2 })],
    ['clear', call('clear', 'b', 1_000, { keys: [] })],
  ])('%s counts, too', (_, change) => {
    expect(found({ loads, calls: [change, get('c', 5_000, old)] })).toEqual(['stale-read']);
  });

  it('concern the keys of a tag alone', () => {
    const [tagged, other] = [loaded('t1', 'a', 1, 100), loaded('t2', 'a', 2, 100)];
    const both = [load('t1', 'a', 1, 100), load('t2', 'a', 2, 100)];
    const change = call('invalidateTags', 'b', 1_000, { keys: ['tag1'] });
    expect(found({ loads: both, calls: [change, get('c', 5_000, tagged)] })).toEqual(['stale-read']);
    expect(found({ loads: both, calls: [change, get('c', 5_000, other)] })).toEqual([]);
  });

  it('are not judged by an invalidation that nobody acknowledged', () => {
    const unsure = call('delete', 'b', 1_000, { outcome: 'unsure' });
    expect(found({ loads, calls: [unsure, get('c', 5_000, old)] })).toEqual([]);
  });

  it('are not judged from a fault until five seconds after it, and are judged then', () => {
    const faults = [fault(2_500, 3_000)];
    expect(found({ loads, faults, calls: [deleted, get('c', 7_990, old)] })).toEqual([]);
    expect(found({ loads, faults, calls: [deleted, get('c', 8_010, old)] })).toEqual(['stale-read']);
    expect(found({ loads, faults, calls: [deleted, get('c', 2_490, old)] })).toEqual(['stale-read']);
  });

  it('may see a set that nobody acknowledged, if it can have been under way so long', () => {
    const value: Seen = { key: 's1', by: 'a', number: 1, origin: 'set', at: 100 };
    const unsure = call('set', 'a', 100, { keys: ['s1'], number: 1, outcome: 'unsure' });
    const change = call('delete', 'b', 3_000, { keys: ['s1'] });
    const read = get('c', 20_000, value);
    expect(found({ calls: [unsure, change, read], faults: [fault(50, 200)] })).toEqual([]);
    expect(found({ calls: [unsure, { ...change, start: 6_000, end: 6_010 }, read], faults: [fault(50, 200)] })).toEqual(
      ['stale-read'],
    );
    expect(found({ calls: [{ ...unsure, outcome: 'done' }, change, read], faults: [fault(50, 200)] })).toEqual([
      'stale-read',
    ]);
  });
});

describe('values', () => {
  it('have been written', () => {
    const read = get('c', 500, loaded('l1', 'a', 1, 100));
    expect(found({ calls: [read] })).toEqual(['invented-value']);
    expect(found({ calls: [read], killed: new Map([['a', 200]]) })).toEqual([]);
  });

  it('have been written for the key that was asked for', () => {
    const calls = [get('c', 500, loaded('l2', 'a', 1, 100), { keys: ['l1'] })];
    expect(found({ loads: [load('l2', 'a', 1, 100)], calls })).toEqual(['invented-value']);
  });

  it('have been written before', () => {
    const calls = [get('c', 500, loaded('l1', 'a', 1, 600))];
    expect(found({ loads: [load('l1', 'a', 1, 600)], calls })).toEqual(['invented-value']);
  });

  it('end with their life, whoever reads them', () => {
    const loads = [load('r1', 'a', 1, 100)];
    const [early, late] = [get('c', 6_500, loaded('r1', 'a', 1, 100)), get('c', 6_700, loaded('r1', 'a', 1, 100))];
    expect(found({ loads, calls: [early] })).toEqual([]);
    expect(found({ loads, calls: [late] })).toEqual(['outlived']);
    expect(found({ loads, calls: [late], faults: [fault(6_000, 6_100)] })).toEqual([]);
  });
});

describe('increments', () => {
  const sums = new Map([['n1', 2]]);

  it('have sums of their own', () => {
    expect(found({ sums, calls: [increment('a', 100, 1), increment('b', 105, 2)] })).toEqual([]);
    expect(found({ sums, calls: [increment('a', 100, 2), increment('b', 105, 2)] })).toEqual(['lost-increment']);
  });

  it('have greater sums than those before them', () => {
    expect(found({ sums, calls: [increment('a', 100, 2), increment('b', 200, 1)] })).toEqual(['lost-increment']);
  });

  it('are in the sum in the end', () => {
    const calls = [increment('a', 100, 1), increment('b', 200, 2), increment('b', 300, 3)];
    expect(found({ sums, calls })).toEqual(['lost-increment']);
    expect(found({ sums: new Map([['n1', 4]]), calls })).toEqual([]);
    expect(found({ calls })).toEqual(['lost-increment']);
  });

  it('are judged in each life of the data', () => {
    const faults = [{ ...fault(150, 250), emptied: { from: 150, until: 250 } }];
    const calls = [increment('a', 100, 1), increment('a', 145, 2), increment('b', 300, 1), increment('b', 400, 2)];
    expect(found({ sums, faults, calls })).toEqual([]);
    expect(found({ sums, faults, calls: [...calls, increment('c', 500, 2)] })).toEqual(['lost-increment']);
  });

  it('count only if they were acknowledged', () => {
    const { sum, ...unsure } = increment('b', 105, 2, { outcome: 'unsure' });
    expect(found({ sums: new Map([['n1', 1]]), calls: [increment('a', 100, 1), unsure] })).toEqual([]);
  });
});

describe('fences', () => {
  const lock = (by: string, start: number, fencingToken: number) =>
    call('lock', by, start, { keys: ['lock1'], fencingToken });

  it('belong to one holder', () => {
    expect(found({ calls: [lock('a', 100, 1), lock('b', 200, 2)] })).toEqual([]);
    expect(found({ calls: [lock('a', 100, 1), lock('b', 105, 1)] })).toEqual(['one-fence-twice']);
  });

  it('grow', () => {
    expect(found({ calls: [lock('a', 100, 2), lock('b', 200, 1)] })).toEqual(['one-fence-twice']);
  });

  it('begin anew with the data', () => {
    const faults = [{ ...fault(150, 180), emptied: { from: 150, until: 180 } }];
    expect(found({ faults, calls: [lock('a', 100, 2), lock('b', 200, 1)] })).toEqual([]);
  });

  it('leave one value under a version', () => {
    const loads = [load('l1', 'a', 1, 50), load('l1', 'b', 2, 200)];
    const seen = (by: string, number: number, at: number) => loaded('l1', by, number, at, { version: 'v' });
    expect(found({ loads, calls: [get('c', 400, seen('a', 1, 50)), get('d', 500, seen('a', 1, 50))] })).toEqual([]);
    expect(found({ loads, calls: [get('c', 400, seen('a', 1, 50)), get('d', 500, seen('b', 2, 200))] })).toEqual([
      'one-fence-twice',
    ]);
  });
});

describe('loads of one key in two processes', () => {
  const withoutMemory = new Set(['c']);
  const [first, second] = [load('l1', 'a', 1, 100, 200), load('l1', 'b', 2, 150, 250)];
  const readsOfBoth = [get('c', 210, loaded('l1', 'a', 1, 100)), get('c', 300, loaded('l1', 'b', 2, 150))];

  it('are not both stored if they overlap', () => {
    expect(found({ withoutMemory, loads: [first, second], calls: readsOfBoth })).toEqual(['both-loads-stored']);
    const later = { ...second, at: 205 };
    const calls = [get('c', 203, loaded('l1', 'a', 1, 100)), get('c', 300, loaded('l1', 'b', 2, 205))];
    expect(found({ withoutMemory, loads: [first, later], calls })).toEqual([]);
  });

  it('are stored as far as processes without memory see them', () => {
    expect(found({ loads: [first, second], calls: readsOfBoth })).toEqual([]);
  });

  it('never replace a newer one by an older', () => {
    const calls = [get('c', 300, loaded('l1', 'b', 2, 150)), get('c', 1_500, loaded('l1', 'a', 1, 100))];
    expect(found({ withoutMemory, loads: [first, second], calls })).toContain('store-went-back');
    const faults = [{ ...fault(320, 330), emptied: { from: 320, until: 330 } }];
    const late = [calls[0] as CallRecord, get('c', 9_000, loaded('l1', 'a', 1, 100))];
    expect(found({ withoutMemory, loads: [first, second], calls: late, faults })).toEqual([]);
  });
});

describe('calls', () => {
  it('are answered', () => {
    expect(found({ calls: [call('get', 'a', 100, { outcome: 'hung' })] })).toEqual(['hung']);
  });

  it('are answered in time, but for the time in which their process did not run', () => {
    const calls = [call('get', 'a', 100, { end: 1_700 })];
    expect(found({ calls })).toEqual(['too-slow']);
    expect(found({ calls, stalls: [{ by: 'a', from: 300, until: 800 }] })).toEqual([]);
    expect(found({ calls, stalls: [{ by: 'b', from: 300, until: 800 }] })).toEqual(['too-slow']);
  });

  it('end no process', () => {
    expect(found({ crashes: ['a: unhandled rejection'] })).toEqual(['crash']);
  });
});

it('a good history has nothing wrong', () => {
  expect(found({})).toEqual([]);
});
