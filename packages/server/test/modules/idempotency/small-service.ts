import type { AddressInfo } from 'node:net';
import { type Cache, createCache, type Store } from '@larder/cache';
import type { FakeClock } from '@larder/cache/testing';
import fastify, { type FastifyRequest } from 'fastify';
import { createAnswerLog } from '../../../src/http/answer-log.js';
import type { Answers } from '../../../src/http/answers.js';
import { createAnswers } from '../../../src/http/answers.js';
import { takeBodiesAsBytes } from '../../../src/http/body.js';
import { createErrorHandler } from '../../../src/http/error-handler.js';
import type { Exchange } from '../../../src/http/exchange.js';
import { createLateDenials } from '../../../src/http/late-denials.js';
import { type Operation, serve } from '../../../src/http/operation.js';
import { routedPath, routeRequest } from '../../../src/http/routed-request.js';
import { createUnsentAnswers } from '../../../src/http/unsent-answers.js';
import { createLifecycle } from '../../../src/lifecycle.js';
import { defaultLimits } from '../../../src/limits.js';
import { createLogger } from '../../../src/logger.js';
import type {} from '../../../src/modules/api-keys/authenticate.js';
import { everyScope } from '../../../src/modules/api-keys/caller.js';
import { answerOnce } from '../../../src/modules/idempotency/answer-once.js';
import { createKeyTypeCounts } from '../../../src/modules/stats/key-types.js';
import { createTraffic } from '../../../src/modules/stats/traffic.js';
import type { Tenant } from '../../../src/modules/tenants/tenant.js';
import { noLimits } from '../../../src/modules/tenants/tenant-limits.js';
import { reportsOfOneProcess } from '../../../src/workers/reports.js';
import { type Client, httpClient } from '../../support/http-client.js';

export interface SmallService {
  readonly client: Client;
  readonly port: number;
  readonly shared: Cache;
  readonly log: readonly string[];
  close(): Promise<void>;
}

interface SmallServiceOptions {
  readonly store: Store;
  readonly clock: FakeClock;
  /** A process that is as good as dead extends nothing. */
  readonly isDead?: boolean;
  /** What the repeatable operation does. */
  readonly work: (answers: Answers, exchange: Exchange) => unknown;
}

const described = { summary: 'A call of the tests', scope: undefined, answers: {} } as const;
const repeatable: Operation = { ...described, id: 'repeatable', method: 'POST', route: 'batch', isRepeatable: true };
const plain: Operation = { ...described, id: 'plain', method: 'POST', route: 'tagInvalidation' };

/** One process of a service whose handlers are the test's own. `X-Tenant` and `X-Key-Id` say who asks. */
export async function startSmallService({ store, clock, isDead, work }: SmallServiceOptions): Promise<SmallService> {
  const shared = createCache({ memory: false, store, clock, onStoreError: 'throw' });
  const lines: string[] = [];
  const logger = createLogger('warn', (line) => lines.push(line), clock.now);
  const lifecycle = createLifecycle();
  const traffic = createTraffic();
  const log = createAnswerLog(logger, false);
  const answers = createAnswers({
    ...{ account() {}, lifecycle, log, stopwatch: clock.now, traffic },
    unsent: createUnsentAnswers(1e9),
  });
  const ownClock = isDead ? { now: clock.now, schedule: () => () => {} } : clock;
  const reports = reportsOfOneProcess();
  const keyTypes = createKeyTypeCounts([]);
  const lateDenials = createLateDenials({ now: clock.now, schedule: clock.schedule });
  const shown = { keyTypes, lateDenials, lifecycle, logger, reports, traffic };
  const service = { answers, clock: ownClock, limits: defaultLimits, ...shown };
  const app = fastify({
    rewriteUrl(request) {
      routeRequest(request, clock.now());
      return routedPath(request);
    },
  });
  const onError = createErrorHandler(service);
  app.setErrorHandler((error, _request, reply) => onError(error, reply));
  takeBodiesAsBytes(app, defaultLimits, traffic);
  app.decorateRequest('caller', null as unknown as FastifyRequest['caller']);
  app.addHook('onRequest', (request, _reply, done) => {
    const { 'x-tenant': id = 'one', 'x-key-id': keyId = 'k1' } = request.headers as Record<string, string>;
    const counters = { hits: 0, misses: 0, writes: 0, deletes: 0 };
    const entries = shared.namespace<Uint8Array>('entries');
    const used = { requests: 0, bytesReceived: 0, bytesSent: 0 };
    const unlimited = { limits: noLimits, gate: undefined, storage: undefined, defaultTtlSeconds: 60 };
    const tenant: Tenant = { id, entries, current: entries, counters, traffic: used, ...unlimited };
    request.caller = { tenant, keyId, scopes: everyScope, prefixes: undefined };
    done();
  });
  answerOnce(app, service, shared);
  for (const operation of [repeatable, plain]) {
    serve(app, operation, async (_request, reply) => {
      await work(answers, reply);
    });
  }
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // What these operations answer is in no document.
  const client = httpClient(port, undefined, () => undefined);
  return {
    client,
    port,
    shared,
    log: lines,
    async close() {
      client.close();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
