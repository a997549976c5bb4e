import { describe, expect, it } from 'vitest';
import { runCampaign } from './isolation/campaign.js';
import { eventsCall, servedCalls, uncoveredCalls, unservedCalls } from './isolation/table.js';
import { startApp } from './support/app-in-process.js';

const seed = Number(process.env.ISOLATION_SEED ?? 20_261_121);
/** Together at least 100,000: each is one request, or one operation of a batch, of one tenant. */
const casesEach = 60_000;
/** What is drawn seldom is drawn still. */
const fewestOfEach = 10;

describe.concurrent(`tenants among others are answered as if each were alone (seed ${seed})`, () => {
  it.each([
    ['through memory before the store', { values: 'share' } as const],
    ['from the store', undefined],
  ])('%s', { timeout: 240_000 }, async (_name, memory) => {
    const { cases, casesOf, namesHeard, served } = await runCampaign({ seed, cases: casesEach, memory });
    expect(cases).toBeGreaterThanOrEqual(casesEach);
    // A row that never runs would show nothing.
    for (const [call, count] of casesOf) expect([call, count >= fewestOfEach]).toEqual([call, true]);
    if (served.has(eventsCall)) expect(namesHeard).toBeGreaterThan(1_000);
  });

  it('every call of the API has a row', async () => {
    const app = await startApp();
    try {
      const served = await servedCalls(app.client);
      expect(uncoveredCalls(served)).toEqual([]);
      const unserved = unservedCalls(served);
      if (unserved.length > 0)
        console.warn(`SKIPPED, because this service does not serve them: ${unserved.join(', ')}`);
    } finally {
      await app.close();
    }
  });
});
