import type { AddressInfo } from 'node:net';
import { type BusTransport, type Cache, createCache, type MemoryOptions, type Store } from '@larder/cache';
import { type FakeClock, fakeClock, memoryMapStore } from '@larder/cache/testing';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.js';
import { createLifecycle, type Lifecycle } from '../../src/lifecycle.js';
import { defaultLimits, type Limits } from '../../src/limits.js';
import { createLogger, type LogLevel } from '../../src/logger.js';
import { type ApiKeyRecords, createApiKeyRecords } from '../../src/modules/api-keys/api-key-records.js';
import { createKeyRing, type KeyRing } from '../../src/modules/api-keys/key-ring.js';
import { createControlChanges } from '../../src/modules/control-changes/control-changes.js';
import { tellApiKeyChanges } from '../../src/modules/control-changes/telling-records.js';
import type { EventLimits } from '../../src/modules/events/event-limits.js';
import { createTenantEvents } from '../../src/modules/events/tenant-events.js';
import { createMetering, type Metering } from '../../src/modules/limits/metering.js';
import type { TellQuota } from '../../src/modules/limits/quota-notices.js';
import { firstTenant } from '../../src/modules/tenants/first-tenant.js';
import type { Tenant } from '../../src/modules/tenants/tenant.js';
import { createTenantDirectory } from '../../src/modules/tenants/tenant-directory.js';
import { createTenantRecords } from '../../src/modules/tenants/tenant-records.js';
import { createWebhooks, type Webhooks, type WebhooksParts } from '../../src/modules/webhooks/webhooks.js';
import type { Observation } from '../../src/observation.js';
import { abilitiesOf } from '../../src/store-abilities.js';
import { reportsOfOneProcess } from '../../src/workers/reports.js';
import { type Client, httpClient } from './http-client.js';
import { apiKey } from './service-process.js';

/** The app over real sockets in this process: its time, its store and its end are in the test's hands. */
export interface AppInProcess {
  readonly app: FastifyInstance;
  readonly client: Client;
  readonly apiKeyRecords: ApiKeyRecords;
  readonly clock: FakeClock;
  readonly control: Cache;
  readonly keyRing: KeyRing;
  readonly lifecycle: Lifecycle;
  /** Nothing of it goes by itself: tests call `look`. */
  readonly metering: Metering;
  readonly shared: Cache;
  readonly port: number;
  readonly tenant: Tenant;
  readonly webhooks: Webhooks;
  /** What was logged so far, a line each. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

interface AppOptions {
  readonly store?: Store;
  readonly limits?: Partial<Limits>;
  /** Before the entries of the tenant. Default: none. */
  readonly memory?: MemoryOptions;
  readonly bus?: BusTransport;
  readonly eventLimits?: Partial<EventLimits>;
  readonly webhooks?: Partial<WebhooksParts>;
  readonly observation?: Partial<Observation>;
  /** Default: `info`. */
  readonly logLevel?: LogLevel;
}

export async function startApp(options: AppOptions = {}): Promise<AppInProcess> {
  const clock = fakeClock();
  const limits = { ...defaultLimits, ...options.limits };
  const { store = memoryMapStore(), memory = false } = options;
  const control = createCache({ memory: false, store, onStoreError: 'throw', clock, namespace: 'control' });
  const all = createCache({
    ...{ memory, store, onStoreError: 'throw', clock, namespace: 'tenants', expiryEvents: true },
    ...(options.bus === undefined ? {} : { bus: options.bus }),
  });
  const shared = createCache({ memory: false, store, onStoreError: 'throw', clock, namespace: 'shared' });
  const log: string[] = [];
  const logger = createLogger(options.logLevel ?? 'info', (line) => log.push(line), clock.now);
  const abilities = abilitiesOf(store.capabilities, true);
  const changes = createControlChanges(undefined, logger);
  const apiKeyRecords = tellApiKeyChanges(createApiKeyRecords(control), changes);
  const tenantRecords = createTenantRecords(control);
  const timers = clock;
  const webhooks = createWebhooks({
    ...{ control, apiKeyRecords, clock, timers, logger, tellsExpiry: true, allowsLoopback: true },
    ...options.webhooks,
  });
  await webhooks.start();
  const tellQuota: TellQuota = (id, data, notice) => webhooks.tell(id, 'quota', data, notice);
  const metering = createMetering({ control, shared, clock, logger, abilities, tellQuota });
  const { defaultTtlSeconds } = limits;
  const tenants = createTenantDirectory({ records: tenantRecords, entries: all, defaultTtlSeconds, metering });
  const tenant = await firstTenant(tenantRecords, tenants, clock.now());
  const keyRing = createKeyRing({ records: apiKeyRecords, clock, tenants, bootstrap: { key: apiKey, tenant } });
  changes.hear({ apiKey: keyRing.forget, tenant() {} });
  const lifecycle = createLifecycle();
  const cursorSecret = 'the secret of the tests';
  const events = createTenantEvents({
    ...{ entries: all, tellsExpiry: true, expired: webhooks.expired, timers },
    limits: options.eventLimits ?? {},
  });
  const reports = reportsOfOneProcess();
  const records = { apiKeyRecords, tenantRecords, tenants, entries: all };
  const { observation = {} } = options;
  const parts = {
    clock,
    control,
    cursorSecret,
    events,
    keyRing,
    lifecycle,
    limits,
    logger,
    metering,
    observation,
    reports,
    shared,
    webhooks,
  };
  const app = buildApp({ ...records, ...parts });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const client = httpClient(port);
  return {
    app,
    apiKeyRecords,
    client,
    clock,
    control,
    keyRing,
    lifecycle,
    port,
    tenant,
    webhooks,
    log,
    metering,
    shared,
    async close() {
      client.close();
      await app.close();
      await events.close();
      await webhooks.close();
      await metering.stop();
      await all.close();
      await shared.close();
      await control.close();
    },
  };
}
