import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../servers/redis.js';
import { CacheProcess } from './cache-process.js';

describe.skipIf(redisIsMissing)(`four processes on one Redis${ifRedis}`, () => {
  let redis: RedisServer;
  let processes: CacheProcess[];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    processes = await Promise.all(Array.from({ length: 4 }, () => CacheProcess.start(redis.url)));
  });
  afterEach(() => Promise.all(processes.map((each) => each.kill())));

  const allAsk = (key: string, loadMillis: number) =>
    processes.map((each) => each.ask('getOrSetTogether', { key, callers: 100, loadMillis }) as Promise<string[]>);
  const loads = () => processes.reduce((sum, each) => sum + each.loads, 0);

  // Missing: the lease across processes.
  it('load a cold key once, for a hundred callers in each', async () => {
    const answers = (await Promise.all(allAsk('cold', 50))).flat();
    expect(answers).toHaveLength(400);
    expect(new Set(answers).size).toBe(1);
    expect(loads()).toBe(1);
  });

  // Missing: the lease across processes.
  it('load it once more if the one that loads is killed, and answer all callers of the others', async () => {
    let killed: CacheProcess | undefined;
    for (const each of processes) {
      each.onLoad = () => {
        if (killed !== undefined) return;
        killed = each;
        void each.kill();
      };
    }
    const answers = await Promise.allSettled(allAsk('abandoned', 300));
    const given = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    expect(given).toHaveLength(300);
    expect(loads()).toBe(2);
    expect(new Set(given).size).toBe(1);
  });

  // Missing: the bus.
  it.each([
    ['a delete', 'delete', { key: 'held' }],
    ['an invalidation of a tag', 'invalidateTags', { tags: ['red'] }],
  ])('forget what they have in memory within a second of %s', async (_, call, args) => {
    for (const each of processes) await each.ask('getOrSet', { key: 'held', value: 'old', tags: ['red'] });
    await processes[0]?.ask(call, args);
    const seen = () => Promise.all(processes.map((each) => each.ask('get', { key: 'held' })));
    await expect.poll(seen, { timeout: 1_000, interval: 10 }).toEqual([undefined, undefined, undefined, undefined]);
  });
});
