import type { FastifyInstance } from 'fastify';
import { closedObject } from '../../http/body-schema.js';
import { longestKeyBytes } from '../../http/entry-key.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { longestTtlSeconds } from '../../http/ttl.js';
import type { Limits } from '../../limits.js';
import type { Service } from '../../service.js';
import { allLimitsSchema } from '../tenants/tenant-limits.js';
import type { Metering } from './metering.js';
import type { WindowLimiter } from './window-limiter.js';

const count = { type: 'integer', minimum: 0 };
const countOrNull = { type: ['integer', 'null'] };
const flag = { type: 'boolean' };
const left = closedObject({ requests: count, seconds: count });

const limitsSchema = closedObject({
  tenant: allLimitsSchema,
  remaining: closedObject({ burst: left, daily: left }, ['burst', 'daily']),
  service: closedObject({
    keyBytes: count,
    valueBytes: count,
    batchBytes: count,
    batchOperations: count,
    keysPerPage: count,
    tagsPerEntry: count,
    indexesPerEntry: count,
    ttlSeconds: count,
  }),
  store: closedObject({ list: flag, index: flag, events: flag, keyBytes: countOrNull, valueBytes: countOrNull }),
});

export const getLimits: Operation = {
  id: 'getLimits',
  method: 'GET',
  route: 'limits',
  summary: 'What the tenant may use, what is left of it, and what the service and its store take at all',
  scope: 'usage:read',
  answers: {
    200: { description: 'The limits; what is null is not limited', content: { [jsonMediaType]: limitsSchema } },
  },
};

/** `/v1/limits` */
export function limitRoutes(
  app: FastifyInstance,
  { answers, limits }: Service,
  { abilities }: Pick<Metering, 'abilities'>,
): void {
  serve(app, getLimits, (request, reply) => {
    const { tenant } = request.caller;
    answers.json(reply, 200, {
      tenant: { ...tenant.limits, defaultTtl: tenant.defaultTtlSeconds },
      remaining: Object.fromEntries(tenant.gate?.limiters.map(stateOf) ?? []),
      service: ceilingsOf(limits),
      store: abilities,
    });
  });
}

function stateOf(limiter: WindowLimiter) {
  return [limiter.policy.name, { requests: limiter.remaining(), seconds: limiter.secondsToEnd() }];
}

function ceilingsOf({ valueBytes, batchBytes, batchOperations, keysPerPage, tagsPerEntry, indexesPerEntry }: Limits) {
  return {
    keyBytes: longestKeyBytes,
    ...{ valueBytes, batchBytes, batchOperations, keysPerPage, tagsPerEntry, indexesPerEntry },
    ttlSeconds: longestTtlSeconds,
  };
}
