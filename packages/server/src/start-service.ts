import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import type { Config } from './config.js';
import { createLifecycle } from './lifecycle.js';
import { defaultLimits, type Limits } from './limits.js';
import type { Logger } from './logger.js';
import { type ApiKeyRecords, createApiKeyRecords } from './modules/api-keys/api-key-records.js';
import { createKeyRing } from './modules/api-keys/key-ring.js';
import { allScopes } from './modules/api-keys/scopes.js';
import { cursorSecret } from './modules/keys/cursor-secret.js';
import { createMetering } from './modules/limits/metering.js';
import { firstTenant } from './modules/tenants/first-tenant.js';
import { createTenantDirectory } from './modules/tenants/tenant-directory.js';
import { createTenantRecords } from './modules/tenants/tenant-records.js';
import { openCaches } from './open-caches.js';
import type { ServiceClock } from './service.js';

export interface RunningService {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** The text of the API key that this start has made; there is none if there was a key already. */
  readonly firstKey: string | undefined;
  /** Finishes what is under way, writes out what is not yet on disk, and lets go of everything. */
  stop(): Promise<void>;
}

/** As long as any API key is taken without asking the store. */
const refreshTenantEvery = 5_000;
const clock: ServiceClock = Object.freeze({
  now: () => Date.now(),
  schedule(task: () => void, delay: number) {
    const timer = setTimeout(task, delay).unref();
    return () => clearTimeout(timer);
  },
});

/** Opens the store, makes the first API key if there is none, and listens. */
export async function startService(
  config: Config,
  logger: Logger,
  limits: Limits = defaultLimits,
): Promise<RunningService> {
  const caches = await openCaches(config);
  try {
    const { control, shared, abilities } = caches;
    const metering = createMetering({ control, shared, abilities, clock, logger });
    const tenantRecords = createTenantRecords(control);
    const apiKeyRecords = createApiKeyRecords(control);
    const { defaultTtlSeconds } = limits;
    const entries = caches.tenants;
    const tenants = createTenantDirectory({ records: tenantRecords, entries, defaultTtlSeconds, metering });
    const tenant = await firstTenant(tenantRecords, tenants, clock.now());
    const bootstrap = config.bootstrapKey === undefined ? undefined : { key: config.bootstrapKey, tenant };
    const keyRing = createKeyRing({ records: apiKeyRecords, clock, tenants, bootstrap });
    const secret = await cursorSecret(control);
    const lifecycle = createLifecycle();
    const app = buildApp({
      apiKeyRecords,
      clock,
      control,
      cursorSecret: secret,
      keyRing,
      lifecycle,
      limits,
      logger,
      metering,
      shared: caches.shared,
      tenantRecords,
      tenants,
    });
    metering.start();
    // Its key has no record, so that nobody would look the tenant up again.
    const refresh = setInterval(() => tenants.load(tenant.id).catch(() => {}), refreshTenantEvery).unref();
    await app.listen({ host: config.host, port: config.port });
    return {
      address: addressOf(app),
      firstKey: bootstrap === undefined ? await firstKey(apiKeyRecords, tenant.id) : undefined,
      async stop() {
        clearInterval(refresh);
        lifecycle.startDraining();
        await drain(app, limits.drainTimeout);
        await metering.stop();
        await caches.close();
      },
    };
  } catch (error) {
    await caches.close();
    throw error;
  }
}

/** Made only once the service listens: a start that fails must not use up the one time the key is shown. */
async function firstKey(records: ApiKeyRecords, tenant: string): Promise<string | undefined> {
  if (!(await records.isEmpty())) return undefined;
  const { text } = await records.create({ tenant, name: 'first', scopes: allScopes }, clock.now());
  return text;
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
