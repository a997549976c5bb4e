import { describe, expect, it } from 'vitest';
import type { FrameHeader } from '../../src/bus/frame-layout.js';
import { PeerTable } from '../../src/bus/peer-table.js';

const frameOf = (node: string, sequence: number, rest: Partial<FrameHeader> = {}): FrameHeader => {
  return { node, sequence, epoch: 0, heartbeat: 1_000, clock: 0, isBye: false, ...rest };
};
const tableOf = (peersAtMost?: number) => new PeerTable({ tick: 500, ...(peersAtMost && { peersAtMost }) });
const applied = { isNews: true, doubt: undefined };
const ignored = { isNews: false, doubt: undefined };

/** Hears these numbers of node `a`, and answers what the last of them meant. */
function heard(...sequences: number[]) {
  const table = tableOf();
  return sequences.map((sequence) => table.hear(frameOf('a', sequence))).at(-1);
}

describe('a peer', () => {
  it('heard from its first frame on has told everything', () => {
    expect(heard(0)).toEqual(applied);
    expect(heard(0, 1, 2)).toEqual(applied);
  });

  it('heard for the first time later may have told something before', () => {
    expect(heard(1)).toEqual({ isNews: true, doubt: 'new-peer' });
    expect(tableOf().hear(frameOf('a', 0, { epoch: 1 }))).toEqual({ isNews: true, doubt: 'new-peer' });
    expect(heard(1, 2)).toEqual(applied);
  });

  it('is no other peer', () => {
    const table = tableOf();
    for (const node of ['a', 'b', 'c']) expect(table.hear(frameOf(node, 0))).toEqual(applied);
    for (const node of ['a', 'b', 'c']) expect(table.hear(frameOf(node, 1))).toEqual(applied);
    expect(table.size).toBe(3);
  });

  it('whose frame is missing is doubted, once', () => {
    expect(heard(0, 2)).toEqual({ isNews: true, doubt: 'gap' });
    expect(heard(0, 2, 3)).toEqual(applied);
    expect(heard(0, 2, 4)).toEqual({ isNews: true, doubt: 'gap' });
  });

  it('is heard once where a frame comes twice', () => {
    expect(heard(0, 0)).toEqual(ignored);
    expect(heard(0, 1, 2, 1)).toEqual(ignored);
    expect(heard(5, 5)).toEqual(ignored);
  });

  it('is heard late without another doubt, and that once too', () => {
    expect(heard(0, 3, 1)).toEqual(applied);
    expect(heard(0, 3, 1, 2)).toEqual(applied);
    expect(heard(0, 3, 1, 1)).toEqual(ignored);
    expect(heard(0, 3, 1, 2, 4)).toEqual(applied);
  });

  it('that is heard late from before it was first heard at all has told nothing that the doubt did not cover', () => {
    expect(heard(7, 6)).toEqual(ignored);
  });

  it('has its last 64 missing frames kept in mind, at a gap of any width', () => {
    expect(heard(0, 1_000_000_000, 999_999_999)).toEqual(applied);
    expect(heard(0, 1_000, 936)).toEqual(applied);
    expect(heard(0, 1_000, 935)).toEqual(ignored);
    expect(heard(0, 40, 100, 50)).toEqual(applied);
    expect(heard(0, 40, 100, 30)).toEqual(ignored);
  });

  it('that begins a new epoch is doubted, once', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    expect(table.hear(frameOf('a', 1, { epoch: 2 }))).toEqual({ isNews: true, doubt: 'new-epoch' });
    expect(table.hear(frameOf('a', 2, { epoch: 2 }))).toEqual(applied);
    expect(table.hear(frameOf('a', 3, { epoch: 1 }))).toEqual(applied);
    expect(table.hear(frameOf('a', 4, { epoch: 2 }))).toEqual(applied);
  });

  it('that repeats a frame in a new epoch is doubted, and not heard twice', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    expect(table.hear(frameOf('a', 0, { epoch: 1 }))).toEqual({ isNews: false, doubt: 'new-epoch' });
  });

  it('that says farewell is forgotten without doubt', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    expect(table.hear(frameOf('a', 1, { isBye: true }))).toEqual(applied);
    expect(table.size).toBe(0);
    for (let tick = 0; tick < 20; tick++) expect(table.tick()).toBe(false);
  });

  it('whose farewell shows a gap is doubted', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    expect(table.hear(frameOf('a', 2, { isBye: true }))).toEqual({ isNews: true, doubt: 'gap' });
    expect(table.size).toBe(0);
  });
});

describe('silence', () => {
  const ticksToSilence = (heartbeat: number): number => {
    const table = tableOf();
    table.hear(frameOf('a', 0, { heartbeat }));
    for (let ticks = 1; ticks < 100; ticks++) if (table.tick()) return ticks;
    return Number.POSITIVE_INFINITY;
  };

  it('is three heartbeats of the peer itself, counted in ticks', () => {
    expect(ticksToSilence(1_000)).toBe(6);
    expect(ticksToSilence(10_000)).toBe(60);
    expect(ticksToSilence(1)).toBe(2);
  });

  it('is noticed again every second for a minute, because the peer may only be cut off and go on writing', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    const silent = Array.from({ length: 500 }, () => table.tick());
    expect(silent.filter(Boolean)).toHaveLength(61);
    expect(silent.lastIndexOf(true)).toBe(5 + 120);
    expect(table.hear(frameOf('a', 1))).toEqual({ isNews: true, doubt: 'new-peer' });
  });

  it('ends when the peer is heard again, from where it was left', () => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    for (let tick = 0; tick < 20; tick++) table.tick();
    expect(table.hear(frameOf('a', 1))).toEqual({ isNews: true, doubt: undefined });
    expect([1, 2, 3, 4, 5].map(() => table.tick())).toEqual([false, false, false, false, false]);
  });

  it.each([[[1]], [[1, 1]], [[3, 1]]])('ends with any frame of the peer: %j', (sequences) => {
    const table = tableOf();
    table.hear(frameOf('a', 0));
    for (const sequence of sequences) {
      for (let tick = 0; tick < 5; tick++) expect(table.tick()).toBe(false);
      table.hear(frameOf('a', sequence));
    }
    for (let tick = 0; tick < 5; tick++) expect(table.tick()).toBe(false);
    expect(table.tick()).toBe(true);
  });
});

describe('more peers than are kept in mind', () => {
  it('push out the one that was quiet for longest, and are doubted', () => {
    const table = tableOf(3);
    for (const node of ['a', 'b', 'c']) {
      table.hear(frameOf(node, 0));
      table.tick();
    }
    table.hear(frameOf('a', 1));
    expect(table.hear(frameOf('d', 0))).toEqual({ isNews: true, doubt: 'too-many-peers' });
    expect(table.size).toBe(3);
    for (const node of ['a', 'c', 'd']) expect(table.hear(frameOf(node, 2)).doubt).not.toBe('too-many-peers');
    expect(table.hear(frameOf('b', 1))).toEqual({ isNews: true, doubt: 'too-many-peers' });
  });
});
