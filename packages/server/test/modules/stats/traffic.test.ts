import { describe, expect, it } from 'vitest';
import { boundsInSeconds, createTraffic } from '../../../src/modules/stats/traffic.js';

describe('what is counted of answers', () => {
  it('is each status, and durations in buckets by the first digit of the status', () => {
    const traffic = createTraffic();
    for (const milliseconds of [0.1, 0.2, 7, 20_000]) traffic.answered('entry', 200, milliseconds, 10);
    traffic.answered('entry', 204, 1, 0);
    traffic.answered('entry', 404, 1, 30);
    const [[route, answers] = []] = [...traffic.routes()];
    expect(route).toBe('entry');
    expect(answers?.byStatus).toEqual([
      { status: 200, count: 4 },
      { status: 204, count: 1 },
      { status: 404, count: 1 },
    ]);
    const [found, missing] = answers?.durations ?? [];
    expect(found?.statusClass).toBe('2xx');
    expect(found?.seconds.sum).toBeCloseTo(20.0083);
    const upTo = (seconds: number) => found?.seconds.cumulative[boundsInSeconds.indexOf(seconds)];
    expect([upTo(0.0001), upTo(0.00025), upTo(0.001), upTo(0.01), upTo(10)]).toEqual([1, 2, 3, 4, 4]);
    expect(found?.seconds.cumulative.at(-1)).toBe(5);
    expect(missing).toMatchObject({ statusClass: '4xx', seconds: { sum: 0.001 } });
    expect(traffic.sentBytes).toBe(70);
  });

  it('is in flight from the arrival to the answer, or until the caller is gone', () => {
    const traffic = createTraffic();
    for (let at = 0; at < 3; at++) traffic.arrived();
    expect(traffic.inFlight).toBe(3);
    traffic.answered('entry', 200, 1, 0);
    traffic.left();
    expect(traffic.inFlight).toBe(1);
  });
});
