import { EventEmitter } from 'node:events';
import { fakeClock } from '@larder/cache/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLateDenials, type LateDenials } from '../../src/http/late-denials.js';

type Response = Parameters<LateDenials['deny']>[1];

const socket = {} as NonNullable<Response['socket']>;
const whoseTurnItIs = Object.assign(new EventEmitter(), { socket }) as unknown as Response;

describe('answers to who is denied', () => {
  const tenant = {};
  let clock: ReturnType<typeof fakeClock>;
  let denials: LateDenials;
  let begun: number;
  beforeEach(() => {
    clock = fakeClock();
    begun = clock.now();
    denials = createLateDenials({ now: clock.now, schedule: clock.schedule });
  });

  /** When each of so many denials is answered, in milliseconds from the beginning. */
  function deny(count: number, whom: object = tenant, response = whoseTurnItIs): number[] {
    const answered: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      denials.deny(whom, response, () => answered.push(clock.now() - begun));
    }
    return answered;
  }

  it('are given at once to the first ten of a second', () => {
    expect(deny(10)).toEqual(Array(10).fill(0));
    expect(deny(10, {})).toHaveLength(10);
    clock.advance(1_000);
    expect(deny(10)).toHaveLength(10);
  });

  it('come 50 milliseconds late to the others, and one after the other', () => {
    deny(10);
    const answered = deny(5);
    expect(answered).toEqual([]);
    clock.advance(49);
    expect(answered).toEqual([]);
    for (let turn = 0; turn < 20; turn++) clock.advance(1);
    expect(answered).toEqual([50, 54, 58, 62, 66]);
  });

  it('leave one after the other whomever they are for', () => {
    const other = {};
    deny(10);
    deny(10, other);
    const answered = deny(2);
    const answeredToOther = deny(2, other);
    for (let turn = 0; turn < 80; turn++) clock.advance(1);
    expect([answered, answeredToOther]).toEqual([
      [50, 54],
      [58, 62],
    ]);
  });

  it('go on being late for who goes on, and not for who has waited for a second', () => {
    deny(11);
    clock.advance(1_100);
    expect(deny(1)).toEqual([]);
    clock.advance(2_100);
    expect(deny(1)).toHaveLength(1);
  });

  it('leave faster the more wait, so that nobody waits for many seconds', () => {
    deny(10);
    const answered = deny(10_000);
    for (let turn = 0; turn < 9_000; turn++) clock.advance(1);
    expect(answered).toHaveLength(10_000);
    const ofLast = deny(1);
    for (let turn = 0; turn < 2_000; turn++) clock.advance(1);
    expect(ofLast).toHaveLength(1);
  });

  it('begin to wait when it is their turn on the connection', () => {
    deny(10);
    const waiting = Object.assign(new EventEmitter(), { socket: null });
    const answered = deny(1, tenant, waiting as unknown as Response);
    clock.advance(500);
    expect(answered).toEqual([]);
    waiting.emit('socket', socket);
    clock.advance(49);
    expect(answered).toEqual([]);
    clock.advance(1);
    expect(answered).toEqual([550]);
  });
});
