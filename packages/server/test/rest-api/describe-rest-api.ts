import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Client, httpClient } from '../support/http-client.js';
import { type ServiceProcess, startService } from '../support/service-process.js';
import type { RestContext, StoreUnderTest } from './rest-context.js';
import { describeAddresses } from './rows/addresses.js';
import { describeAudit } from './rows/audit.js';
import { describeAuthentication } from './rows/authentication.js';
import { describeBatch } from './rows/batch.js';
import { describeConditionsAndLives } from './rows/conditions-and-lives.js';
import { describeEntries } from './rows/entries.js';
import { describeEvents } from './rows/events.js';
import { describeHealthAndMetrics } from './rows/health-and-metrics.js';
import { describeIdempotency } from './rows/idempotency.js';
import { describeIncrement } from './rows/increment.js';
import { describeIndexes } from './rows/indexes.js';
import { describeKeys } from './rows/keys.js';
import { describeLimits } from './rows/limits.js';
import { describeLocks } from './rows/locks.js';
import { describeMergePatch } from './rows/merge-patch.js';
import { describeStats } from './rows/stats.js';
import { describeTags } from './rows/tags.js';
import { describeUsage } from './rows/usage.js';
import { describeWebhooks } from './rows/webhooks.js';

/** Every row of the REST API, from outside, on one store. */
export function describeRestApi(store: StoreUnderTest): void {
  const skipped = store.missing === undefined ? '' : ` (skipped: ${store.missing})`;
  describe.skipIf(store.missing !== undefined)(`the REST API on ${store.name}${skipped}`, () => {
    let backEnd: Awaited<ReturnType<StoreUnderTest['start']>>;
    let service: ServiceProcess;
    let client: Client;
    const call: RestContext['call'] = (method, path, body, headers = {}) =>
      client.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
    const callJson: RestContext['callJson'] = (method, path, body) =>
      call(method, path, JSON.stringify(body), { 'Content-Type': 'application/json' });

    beforeAll(async () => {
      backEnd = await store.start();
      service = await startService(backEnd.address, {
        memory: store.memory,
        workers: store.workers,
        environment: backEnd.environment,
      });
      client = httpClient(service.port);
    });
    beforeEach(async () => {
      expect((await callJson('POST', '/admin/v1/tenants/default/flush', { confirm: 'default' })).status).toBe(204);
    });
    afterEach(() => expect(service.child.exitCode).toBeNull());
    afterAll(async () => {
      client.close();
      await service.stop();
      await backEnd.stop();
    });

    const json: RestContext['json'] = ({ body }) => JSON.parse(body.toString());
    const context: RestContext = { store, service: () => service, call, callJson, json };
    for (const describeRow of rows) describeRow(context);
  });
}

const rows: readonly ((context: RestContext) => void)[] = [
  describeEntries,
  describeMergePatch,
  describeIncrement,
  describeBatch,
  describeKeys,
  describeTags,
  describeIndexes,
  describeLocks,
  describeIdempotency,
  describeAddresses,
  describeConditionsAndLives,
  describeEvents,
  describeStats,
  describeLimits,
  describeUsage,
  describeAudit,
  describeWebhooks,
  describeAuthentication,
  describeHealthAndMetrics,
];
