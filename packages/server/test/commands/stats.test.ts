import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, statsBetween } from '../../src/commands/stats-between.js';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { runLarder } from '../support/larder-in-process.js';
import { apiKey } from '../support/service-process.js';
import { stubService } from '../support/stub-service.js';

const sample = (at: number, [hits, misses, writes, deletes]: readonly number[], since = 's'): Sample => ({
  at,
  counts: { since, hits: hits ?? 0, misses: misses ?? 0, writes: writes ?? 0, deletes: deletes ?? 0 },
});

describe('statsBetween', () => {
  it('divides what was gained by the time that has really passed', () => {
    const found = statsBetween(sample(0, [10, 10, 0, 0]), sample(2_000, [40, 20, 3, 1]));
    expect(found.perSecond).toEqual({ hits: 15, misses: 5, writes: 1.5, deletes: 0.5, requests: 22 });
    expect(found).toMatchObject({ hitRate: 0.75, total: { hits: 40, misses: 20, writes: 3, deletes: 1 } });
  });

  it('knows no rate without reads', () => {
    expect(statsBetween(sample(0, []), sample(1_000, [])).hitRate).toBeNull();
    expect(statsBetween(undefined, sample(0, [3, 1])).hitRate).toBe(0.75);
  });

  it('compares no counts of two processes', () => {
    expect(statsBetween(sample(0, [9], 'one'), sample(1_000, [5], 'other')).perSecond).toBeNull();
    expect(statsBetween(sample(1_000, [9]), sample(1_000, [10])).perSecond).toBeNull();
  });
});

describe('larder stats', () => {
  let app: AppInProcess;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.close());

  /** Three intervals with one read of each kind in the first, then Ctrl-C. */
  const live = (words: readonly string[], isTerminal = false) => {
    let intervals = 0;
    return runLarder(['stats', ...words], {
      environment: { LARDER_URL: `http://127.0.0.1:${app.port}`, LARDER_KEY: apiKey },
      isTerminal,
      now: app.clock.now,
      async onWait(millis) {
        app.clock.advance(millis);
        if (intervals === 0) {
          await app.client.send('PUT', '/v1/cache/k', { body: 'v' });
          for (const key of ['k', 'k', 'k', 'absent']) await app.client.send('GET', `/v1/cache/${key}`);
        }
        return ++intervals <= 3;
      },
    });
  };

  it('writes a JSON line an interval until Ctrl-C, and ends with 0', async () => {
    const { code, out } = await live(['--json', '--interval', '2']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ code, lines: lines.length }).toEqual({ code: 0, lines: 3 });
    expect(lines[0]).toMatchObject({
      hitRate: 0.75,
      perSecond: { hits: 1.5, misses: 0.5, writes: 0.5, requests: 2.5 },
    });
    expect(lines[2]).toMatchObject({ hitRate: null, perSecond: { requests: 0 }, total: { hits: 3 } });
  });

  it('writes plain lines where nobody watches, and redraws a table in a terminal', async () => {
    const { out } = await live([]);
    expect(out.split('\n')[0]).toMatch(
      /hits 3 {2}misses 1 {2}hit rate 75\.0 % {2}writes 1 {2}deletes 0 {2}requests\/s 5$/,
    );
    expect(out).not.toContain('\u001b');
    const drawn = (await live([], true)).out;
    expect(drawn.split('\u001b[8A\u001b[J')).toHaveLength(3);
    expect(drawn).toMatch(/hits +\d+ +3\n/);
  });

  it('--once gives the counts so far', async () => {
    await app.client.send('GET', '/v1/cache/absent');
    const { code, out } = await live(['--once', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ total: { hits: 0, misses: 1 }, perSecond: null, hitRate: 0 });
  });

  it('gives up on a service that is not ready when it begins', async () => {
    const problem = JSON.stringify({ code: 'store_unavailable', detail: 'The store does not answer.' });
    const url = await stubService((_request, response) => response.writeHead(503).end(problem));
    expect(await live(['--url', url])).toMatchObject({ code: 6, out: '' });
  });

  it('waits for a service that is away for a while', async () => {
    const counts = { since: 's', hits: 1, misses: 0, writes: 0, deletes: 0 };
    const problem = { code: 'draining', detail: 'The service is shutting down.' };
    let asked = 0;
    const url = await stubService((_request, response) => {
      const isAway = ++asked === 2;
      response.writeHead(isAway ? 503 : 200).end(JSON.stringify(isAway ? problem : counts));
    });
    const { code, out, error } = await live(['--json', '--url', url]);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(JSON.parse(error).error).toMatchObject({ code: 'draining', exitCode: 6 });
  });
});
