import { describe, expect, it } from 'vitest';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { roundMillis, runCampaign } from './campaign.js';

const minutes = Number(process.env.CHAOS_MINUTES ?? 20);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const workers = Number(process.env.CHAOS_WORKERS ?? 6);

describe(`${workers} processes on one Redis, faults for ${minutes} minutes, seed ${seed}`, () => {
  it.skipIf(redisIsMissing)(`nothing is found${ifRedis}`, async () => {
    const rounds = Math.max(1, Math.round((minutes * 60_000) / roundMillis));
    const workload = { lanes: 4, pause: 12 };
    const report = await runCampaign({ seed, rounds, workers, workload, progress: (line) => console.log(line) });
    console.log(`\n${report}\n`);
    expect(report.isClean).toBe(true);
  });
});
