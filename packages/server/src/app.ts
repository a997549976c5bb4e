import { randomBytes } from 'node:crypto';
import { createServer, type ServerOptions } from 'node:http';
import type { Cache, Millis } from '@larder/cache';
import fastify, { type FastifyInstance } from 'fastify';
import { api } from './api.js';
import { createAnswerLog } from './http/answer-log.js';
import { createAnswers } from './http/answers.js';
import { takeBodiesAsBytes } from './http/body.js';
import { checkRequest, refuseExpectation } from './http/check-request.js';
import { answerClientError } from './http/client-error.js';
import { createErrorHandler } from './http/error-handler.js';
import { guardConnections } from './http/guard-connections.js';
import { createLateDenials } from './http/late-denials.js';
import { takeInTurn } from './http/requests-ahead.js';
import { routedPath } from './http/routed-request.js';
import { createUnsentAnswers } from './http/unsent-answers.js';
import type { Lifecycle } from './lifecycle.js';
import type { Limits } from './limits.js';
import type { Logger } from './logger.js';
import { adminRoutes } from './modules/admin/routes.js';
import type { ApiKeyRecords } from './modules/api-keys/api-key-records.js';
import { requireApiKey, requirePermission } from './modules/api-keys/authenticate.js';
import type { KeyRing } from './modules/api-keys/key-ring.js';
import { createAuditLog } from './modules/audit/audit-log.js';
import { batchRoutes } from './modules/batch/routes.js';
import { entryRoutes } from './modules/entries/routes.js';
import { eventRoutes } from './modules/events/routes.js';
import type { TenantEvents } from './modules/events/tenant-events.js';
import { healthRoutes } from './modules/health/routes.js';
import { answerOnce } from './modules/idempotency/answer-once.js';
import { indexRoutes } from './modules/indexes/routes.js';
import { keyRoutes } from './modules/keys/routes.js';
import { accountAnswer, limitRequests } from './modules/limits/admission.js';
import type { Metering } from './modules/limits/metering.js';
import { limitRoutes } from './modules/limits/routes.js';
import { lockRoutes } from './modules/locks/routes.js';
import { openApiRoutes } from './modules/openapi/routes.js';
import { createKeyTypeCounts } from './modules/stats/key-types.js';
import { metricsRoutes } from './modules/stats/metrics.js';
import { statsRoutes } from './modules/stats/routes.js';
import { createTraffic } from './modules/stats/traffic.js';
import { tagRoutes } from './modules/tags/routes.js';
import type { TenantDirectory } from './modules/tenants/tenant-directory.js';
import type { TenantRecords } from './modules/tenants/tenant-records.js';
import { usageRoutes } from './modules/usage/routes.js';
import { webhookRoutes } from './modules/webhooks/routes.js';
import type { Webhooks } from './modules/webhooks/webhooks.js';
import { defaultObservation, type Observation } from './observation.js';
import { readLane } from './read-lane.js';
import { receive } from './receive.js';
import type { Service, ServiceClock } from './service.js';
import type { Reports } from './workers/reports.js';

/** What the app is made of. Nothing in here is looked for in the environment. */
export interface AppParts {
  readonly apiKeyRecords: ApiKeyRecords;
  readonly clock: ServiceClock;
  /** The service's own records. */
  readonly control: Cache;
  readonly cursorSecret: string;
  readonly events: TenantEvents;
  /** The parent of every tenant's namespace. */
  readonly entries: Cache;
  readonly keyRing: KeyRing;
  readonly lifecycle: Lifecycle;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly metering: Metering;
  readonly reports: Reports;
  /** What all processes of the service have together. */
  readonly shared: Cache;
  readonly observation?: Partial<Observation>;
  readonly tenantRecords: TenantRecords;
  readonly tenants: TenantDirectory;
  readonly webhooks: Webhooks;
}

/** Builds the service; it does not listen yet. */
export function buildApp(given: AppParts): FastifyInstance {
  const { apiKeyRecords, clock, control, cursorSecret, entries, events, keyRing, metering, reports, shared } = given;
  const { lifecycle, limits, logger, tenantRecords, tenants, webhooks } = given;
  const { accessLog, keyTypes, stopwatch, tenantLabels, tracing } = { ...defaultObservation, ...given.observation };
  const traffic = createTraffic();
  const log = createAnswerLog(logger, accessLog);
  const unsent = createUnsentAnswers(limits.unsentBytes);
  const answers = createAnswers({ account: accountAnswer, lifecycle, log, stopwatch, traffic, unsent });
  const counts = { keyTypes: createKeyTypeCounts(keyTypes), traffic };
  const service: Service = {
    answers,
    clock,
    lateDenials: createLateDenials(systemTime),
    lifecycle,
    limits,
    logger,
    reports,
    ...counts,
  };

  const onError = createErrorHandler(service);
  const requestId = requestIds();
  const app = fastify({
    serverFactory: (otherwise) => {
      const lane = readLane({ service, keyRing, requestId, onError, otherwise });
      const listener = receive({ stopwatch, tracing, traffic }, lane);
      return createServer(serverOptions(limits), takeInTurn(listener, limits.requestsAhead));
    },
    rewriteUrl: routedPath,
    clientErrorHandler: answerClientError,
    genReqId: requestId,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  });
  app.server.on('checkExpectation', refuseExpectation);
  guardConnections(app.server, limits);
  app.setErrorHandler((error, _request, reply) => onError(error, reply));
  takeBodiesAsBytes(app, limits, traffic);
  checkRequest(app);

  healthRoutes(app, service, [control, shared]);
  metricsRoutes(app, service, { tenants, entries, metering, byTenant: tenantLabels });
  openApiRoutes(app, service, api);
  app.register(async (guarded) => {
    requireApiKey(guarded, keyRing);
    limitRequests(guarded, service);
    requirePermission(guarded);
    answerOnce(guarded, service, shared);
    entryRoutes(guarded, service);
    batchRoutes(guarded, service);
    keyRoutes(guarded, service, cursorSecret);
    tagRoutes(guarded, service);
    indexRoutes(guarded, service, cursorSecret);
    lockRoutes(guarded, service, shared);
    statsRoutes(guarded, service, tenants);
    eventRoutes(guarded, service, events, keyRing);
    limitRoutes(guarded, service, metering);
    usageRoutes(guarded, service, { tenants, metering });
    const audit = createAuditLog({ control, clock });
    const { abilities } = metering;
    adminRoutes(guarded, service, { abilities, apiKeyRecords, audit, tenantRecords, tenants, webhooks });
    webhookRoutes(guarded, service, webhooks, { audit, tenantRecords });
  });
  return app;
}

const systemTime = {
  now: () => performance.now(),
  schedule: (task: () => void, delay: Millis) => setTimeout(task, delay).unref(),
};

function serverOptions(limits: Limits): ServerOptions {
  return {
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headTimeout,
    // Node looks for overdue requests this often, every 30 seconds by default.
    connectionsCheckingInterval: 1_000,
    // Checked by checkRequest, which answers with a problem document.
    requireHostHeader: false,
  };
}

/** Ids that no other process makes, for little more than an addition each. */
function requestIds(): () => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return () => `${process}-${(count++).toString(36)}`;
}
