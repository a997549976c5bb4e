import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cache, Millis } from '@larder/cache';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import type { Config } from './config.js';
import { createLifecycle } from './lifecycle.js';
import { defaultLimits, type Limits } from './limits.js';
import { type Logger, silentLogger } from './logger.js';
import { type ApiKeyRecords, createApiKeyRecords } from './modules/api-keys/api-key-records.js';
import { createKeyRing } from './modules/api-keys/key-ring.js';
import { allScopes } from './modules/api-keys/scopes.js';
import { createControlChanges } from './modules/control-changes/control-changes.js';
import { tellApiKeyChanges, tellTenantChanges } from './modules/control-changes/telling-records.js';
import { createTenantEvents } from './modules/events/tenant-events.js';
import { cursorSecret } from './modules/keys/cursor-secret.js';
import { createMetering } from './modules/limits/metering.js';
import type { TellQuota } from './modules/limits/quota-notices.js';
import { firstTenant } from './modules/tenants/first-tenant.js';
import { createTenantDirectory, type TenantDirectory } from './modules/tenants/tenant-directory.js';
import { createTenantRecords } from './modules/tenants/tenant-records.js';
import { openTracing } from './modules/traces/open-tracing.js';
import { createWebhooks } from './modules/webhooks/webhooks.js';
import { openCaches } from './open-caches.js';
import type { ServiceClock } from './service.js';
import type { Reports } from './workers/reports.js';

export interface RunningService {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** The text of the API key that this start has made; there is none if there was a key already. */
  readonly firstKey: string | undefined;
  /** Entries are in memory too, or alone. */
  readonly hasMemory: boolean;
  /**
   * Says from now on that it is not ready. For `grace` milliseconds it takes requests nevertheless, which those who were
   * not told yet send. Then it finishes what is under way, writes out what is not yet on disk, and lets go of everything.
   */
  stop(grace: Millis): Promise<void>;
}

/** No longer than any API key is taken without asking the store. */
const refreshTenantEvery = 4_500;
const clock: ServiceClock = Object.freeze({
  now: () => Date.now(),
  schedule(task: () => void, delay: number) {
    const timer = setTimeout(task, delay).unref();
    return () => clearTimeout(timer);
  },
});

interface StartParts {
  readonly logger: Logger;
  /** The other processes of this service. */
  readonly reports: Reports;
  /** False for a worker that comes after another: what is said once, as the first API key is, has been said. */
  readonly isFirst: boolean;
  readonly limits?: Limits;
}

/** Opens the store, makes the first API key if there is none, and listens. */
export async function startService(config: Config, parts: StartParts): Promise<RunningService> {
  const { logger, reports, isFirst, limits = defaultLimits } = parts;
  const caches = await openCaches(config, isFirst ? logger : silentLogger);
  /** What has begun so far, to be ended in the opposite order. */
  const begun: (() => Promise<void>)[] = [() => caches.close()];
  const endAll = async () => {
    for (const end of begun.splice(0).reverse()) await end();
  };
  try {
    const { control, shared, abilities, hasMemory } = caches;
    const changes = createControlChanges(caches.channel, logger);
    const tenantRecords = tellTenantChanges(createTenantRecords(control), changes);
    const apiKeyRecords = tellApiKeyChanges(createApiKeyRecords(control), changes);
    const { tellsExpiry } = caches;
    const timers = clock;
    const allowsLoopback = config.webhooksAllowLoopback;
    const webhooks = createWebhooks({ control, apiKeyRecords, clock, timers, logger, tellsExpiry, allowsLoopback });
    begun.push(() => webhooks.close());
    await webhooks.start();
    const { tell } = webhooks;
    const tellQuota: TellQuota = (tenant, data, id) => tell(tenant, 'quota', data, id);
    const metering = createMetering({ control, shared, abilities, clock, logger, tellQuota });
    begun.push(() => metering.stop());
    const { defaultTtlSeconds } = limits;
    const { tenants: entries, current } = caches;
    const tenants = createTenantDirectory({ records: tenantRecords, entries, current, defaultTtlSeconds, metering });
    const tenant = await firstTenant(tenantRecords, tenants, clock.now());
    const bootstrap = config.bootstrapKey === undefined ? undefined : { key: config.bootstrapKey, tenant };
    const keyRing = createKeyRing({ records: apiKeyRecords, clock, tenants, bootstrap });
    changes.hear({ apiKey: keyRing.forget, tenant: (id) => reload(tenants, id) });
    const secret = await cursorSecret(control);
    const lifecycle = createLifecycle();
    const { expired } = webhooks;
    const events = createTenantEvents({ entries: caches.tenants, tellsExpiry, expired, timers });
    begun.push(() => events.close());
    const app = buildApp({
      apiKeyRecords,
      clock,
      control,
      cursorSecret: secret,
      entries: caches.tenants,
      events,
      keyRing,
      lifecycle,
      limits,
      logger,
      reports,
      metering,
      shared: caches.shared,
      observation: { ...config.observation, tracing: await openTracing() },
      tenantRecords,
      tenants,
      webhooks,
    });
    metering.start();
    // Its key has no record, so that nobody would look the tenant up again.
    const refresh = setInterval(() => void reload(tenants, tenant.id), refreshTenantEvery).unref();
    begun.push(async () => clearInterval(refresh));
    let grace = 0;
    begun.push(() => drain(app, limits.drainTimeout - grace));
    await app.listen({ host: config.host, port: config.port });
    return {
      address: addressOf(app),
      firstKey: bootstrap === undefined && isFirst ? await firstKey(control, apiKeyRecords, tenant.id) : undefined,
      hasMemory,
      async stop(drainDelay) {
        lifecycle.startDraining();
        grace = drainDelay;
        await pause(grace);
        await endAll();
      },
    };
  } catch (error) {
    await endAll();
    throw error;
  }
}

/**
 * Made only once the service listens: a start that fails must not use up the one time the key is shown. Several services
 * may start at the same time.
 */
async function firstKey(control: Cache, records: ApiKeyRecords, tenant: string): Promise<string | undefined> {
  if (!(await records.isEmpty())) return undefined;
  return control.lock('first-api-key', { ttl: '10s', wait: '20s' }, async () => {
    if (!(await records.isEmpty())) return undefined;
    const { text } = await records.create({ tenant, name: 'first', scopes: allScopes }, clock.now());
    return text;
  });
}

async function reload(tenants: TenantDirectory, id: string): Promise<void> {
  // A store that fails now is asked again soon.
  await tenants.load(id).catch(() => {});
}

/** Stops listening and waits for the answers under way, but not for ever. */
async function drain(app: FastifyInstance, timeout: number): Promise<void> {
  // A connection that was busy when the server closed stays open when it falls idle.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  const cut = setTimeout(() => app.server.closeAllConnections(), timeout);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

function addressOf(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
