import { beforeAll, describe, expect, it } from 'vitest';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { runCampaign } from './campaign.js';
import { faults } from './faults.js';
import type { CampaignReport } from './report.js';

/** Each kind of fault once; `npm run chaos` goes on for longer. */
describe.skipIf(redisIsMissing)(`five processes on one Redis, and every kind of fault${ifRedis}`, () => {
  let report: CampaignReport;
  beforeAll(async () => {
    const workload = { lanes: 3, pause: 15 };
    report = await runCampaign({ seed: 1, rounds: faults.length, workers: 5, workload });
    console.log(String(report));
  }, 240_000);

  it('saw each fault, and thousands of calls', () => {
    expect(report.faultKinds.toSorted()).toEqual(faults.map(({ kind }) => kind).toSorted());
    expect(report.callCount).toBeGreaterThan(10_000);
  });

  it('answers every call in time, and no process ends by itself', () => {
    expect(report.found('hung', 'too-slow', 'crash')).toEqual([]);
  });

  it('reads nothing that was not written for that key', () => {
    expect(report.found('invented-value')).toEqual([]);
  });

  it('loses no increment that was acknowledged', () => {
    expect(report.found('lost-increment')).toEqual([]);
  });

  it('gives no fence to two commits', () => {
    expect(report.found('one-fence-twice')).toEqual([]);
  });

  it('stores one of the loads that overlap, and none over a newer one', () => {
    expect(report.found('both-loads-stored', 'store-went-back')).toEqual([]);
  });

  it('reads nothing older than what was acknowledged', () => {
    expect(report.found('stale-read')).toEqual([]);
  });

  it('answers with nothing past its life, by whatever clock', () => {
    expect(report.found('outlived')).toEqual([]);
  });
});
