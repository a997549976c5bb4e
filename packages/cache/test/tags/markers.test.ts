import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { higher, type Marker, Markers, markerAt, noMarker } from '../../src/tags/markers.js';

const enough = 1_000;

describe('the marker of an invalidation', () => {
  it('expires what is older, and removes it only if told to', () => {
    expect(markerAt(5, false)).toEqual({ expiredAt: 5, removedAt: 0 });
    expect(markerAt(5, true)).toEqual({ expiredAt: 5, removedAt: 5 });
  });

  it('is the later of two in each respect', () => {
    expect(higher(markerAt(5, true), markerAt(9, false))).toEqual({ expiredAt: 9, removedAt: 5 });
  });
});

describe('markers', () => {
  it('say nothing of what was never invalidated', () => {
    const markers = new Markers({ limit: enough });
    expect(markers.judge(1, ['a'])).toBe('valid');
    expect(markers.judge(0, [])).toBe('valid');
    expect(markers.invalidatedAt(0, [])).toBeUndefined();
    expect(markers.invalidatedAt(1, ['a'])).toBeUndefined();
  });

  it('judge an entry by the time when it was created, that time included', () => {
    const markers = new Markers({ limit: enough });
    markers.raise('a', markerAt(10, false));
    expect(markers.judge(9, ['a'])).toEqual({ staleSince: 10 });
    expect(markers.judge(10, ['a'])).toEqual({ staleSince: 10 });
    expect(markers.judge(10.5, ['a'])).toBe('valid');
    expect(markers.judge(9, ['b'])).toBe('valid');
  });

  it('tell which tags became known as invalidated since a generation, at a time or later', () => {
    const markers = new Markers({ limit: 2 });
    markers.raise('old', markerAt(10, false));
    const { generation } = markers;
    expect(markers.isRaisedSince(generation, 0, ['old'])).toBe(false);
    markers.raise('new', markerAt(20, false));
    expect(markers.isRaisedSince(generation, 20, ['old', 'new'])).toBe(true);
    expect(markers.isRaisedSince(generation, 21, ['old', 'new'])).toBe(false);
    expect(markers.isRaisedSince(generation, 0, ['old'])).toBe(false);
    markers.raise('newer', markerAt(30, false));
    // What was forgotten for want of room may have been of any tag.
    expect(markers.isRaisedSince(generation, 20, ['other'])).toBe(true);
  });

  it('judge by the worst of all tags', () => {
    const markers = new Markers({ limit: enough });
    markers.raise('old', markerAt(10, true));
    markers.raise('new', markerAt(20, false));
    expect(markers.judge(10, ['new', 'old', 'other'])).toBe('removed');
    expect(markers.judge(11, ['new', 'old', 'other'])).toEqual({ staleSince: 20 });
    expect(markers.invalidatedAt(11, ['other', 'old', 'new'])).toBe(20);
    expect(markers.invalidatedAt(21, ['other', 'old', 'new'])).toBeUndefined();
  });

  it('keep a removal that a later invalidation only expires', () => {
    const markers = new Markers({ limit: enough });
    markers.raise('a', markerAt(10, true));
    markers.raise('a', markerAt(20, false));
    expect(markers.judge(10, ['a'])).toBe('removed');
    expect(markers.judge(15, ['a'])).toEqual({ staleSince: 20 });
  });

  it('begin another generation with what is news, and with nothing else', () => {
    const markers = new Markers({ limit: enough });
    const { generation } = markers;
    markers.raise('a', markerAt(10, false));
    expect(markers.generation).toBe(generation + 1);
    markers.raise('a', markerAt(10, false));
    markers.raise('a', markerAt(9, true));
    expect(markers.generation).toBe(generation + 2);
    markers.raise('a', markerAt(9, true));
    expect(markers.generation).toBe(generation + 2);
  });

  it('remember nothing of a tag that was looked for and has no marker', () => {
    const markers = new Markers({ limit: enough });
    const { generation } = markers;
    markers.raise('a', noMarker);
    expect(markers.size).toBe(0);
    expect(markers.generation).toBe(generation);
  });

  it('raise a floor instead of forgetting: what was invalidated does not come back', () => {
    const markers = new Markers({ limit: 10 });
    for (let time = 1; time <= 11; time++) markers.raise(`t${time}`, markerAt(time, time === 3));
    expect(markers.size).toBeLessThanOrEqual(10);
    for (let time = 1; time <= 11; time++) expect(markers.judge(time, [`t${time}`])).not.toBe('valid');
    expect(markers.judge(3, ['t3'])).toBe('removed');
    expect(markers.judge(11.5, ['t1', 't11'])).toBe('valid');
  });

  it('put what is older than the floor to it whatever its tags, but not what has none', () => {
    const markers = new Markers({ limit: 2 });
    for (let time = 1; time <= 3; time++) markers.raise(`t${time}`, markerAt(time, true));
    expect(markers.judge(1, ['never invalidated'])).not.toBe('valid');
    expect(markers.invalidatedAt(1, ['never invalidated'])).toBeDefined();
    expect(markers.judge(1, [])).toBe('valid');
    expect(markers.invalidatedAt(1, [])).toBeUndefined();
  });

  it('keep the marker that was raised last, though its tag is the oldest', () => {
    const markers = new Markers({ limit: 4 });
    for (const [at, tag] of ['a', 'b', 'c', 'd', 'a', 'e'].entries()) markers.raise(tag, markerAt(at + 1, false));
    // b and c made the floor: an entry from after them is not worse off.
    expect(markers.judge(4.5, ['x'])).toBe('valid');
    expect(markers.judge(4.5, ['a'])).toEqual({ staleSince: 5 });
  });
});

describe('any sequence of invalidations', () => {
  const tag = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const invalidations = fc.array(fc.record({ tag, time: fc.nat({ max: 50 }), remove: fc.boolean() }), {
    maxLength: 40,
  });
  const entry = fc.record({ createdAt: fc.nat({ max: 55 }), tags: fc.uniqueArray(tag, { maxLength: 4 }) });

  interface Plain {
    readonly removedAt: number;
    readonly expiredAt: number;
  }

  function plainly(raised: readonly { tag: string; time: number; remove: boolean }[], tags: readonly string[]): Plain {
    const of = raised.filter((each) => tags.includes(each.tag));
    return {
      expiredAt: Math.max(0, ...of.map(({ time }) => time)),
      removedAt: Math.max(0, ...of.map(({ time, remove }) => (remove ? time : 0))),
    };
  }

  it('gives the verdict of a plain list of them', () => {
    fc.assert(
      fc.property(invalidations, entry, (raised, { createdAt, tags }) => {
        const markers = new Markers({ limit: enough });
        for (const each of raised) markers.raise(each.tag, markerAt(each.time, each.remove));
        const { expiredAt, removedAt } = plainly(raised, tags);
        fc.pre(createdAt > 0);
        const expected = createdAt <= removedAt ? 'removed' : createdAt <= expiredAt ? 'stale' : 'valid';
        const verdict = markers.judge(createdAt, tags);
        expect(typeof verdict === 'string' ? verdict : 'stale').toBe(expected);
        if (typeof verdict === 'object') expect(verdict.staleSince).toBe(expiredAt);
        const latest = Math.max(expiredAt, removedAt);
        expect(markers.invalidatedAt(createdAt, tags)).toBe(createdAt <= latest ? latest : undefined);
      }),
    );
  });

  it('never becomes kinder to an entry, however few markers are kept', () => {
    const severity = { valid: 0, stale: 1, removed: 2 };
    fc.assert(
      fc.property(invalidations, entry, fc.integer({ min: 2, max: 4 }), (raised, { createdAt, tags }, limit) => {
        fc.pre(createdAt > 0);
        const markers = new Markers({ limit });
        const exact = new Markers({ limit: enough });
        const of = (each: Markers) => {
          const verdict = each.judge(createdAt, tags);
          return severity[typeof verdict === 'string' ? verdict : 'stale'];
        };
        let before = 0;
        for (const each of raised) {
          markers.raise(each.tag, markerAt(each.time, each.remove));
          exact.raise(each.tag, markerAt(each.time, each.remove));
          const now = of(markers);
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeGreaterThanOrEqual(of(exact));
          expect(markers.size).toBeLessThanOrEqual(limit);
          before = now;
        }
      }),
    );
  });

  it('begins another generation whenever a verdict changes', () => {
    fc.assert(
      fc.property(invalidations, entry, fc.integer({ min: 2, max: 4 }), (raised, { createdAt, tags }, limit) => {
        const markers = new Markers({ limit });
        let seen = JSON.stringify(markers.judge(createdAt, tags));
        for (const each of raised) {
          const { generation } = markers;
          const marker: Marker = markerAt(each.time, each.remove);
          markers.raise(each.tag, marker);
          const verdict = JSON.stringify(markers.judge(createdAt, tags));
          if (verdict !== seen) expect(markers.generation).toBeGreaterThan(generation);
          seen = verdict;
        }
      }),
    );
  });
});
