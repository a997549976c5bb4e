import type { FastifyInstance } from 'fastify';
import { closedObject } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import type { TenantCounters } from '../tenants/tenant.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';

const count = { type: 'integer', minimum: 0 };

export const getStats: Operation = {
  id: 'getStats',
  method: 'GET',
  route: 'stats',
  summary: 'What the tenant did through the processes of this service since they started',
  scope: 'usage:read',
  answers: {
    200: {
      description: 'Hits, misses, writes and deletes',
      content: {
        [jsonMediaType]: closedObject({ since: timeSchema, hits: count, misses: count, writes: count, deletes: count }),
      },
    },
  },
};

/** What processes report to each other under this name, of one tenant. */
const subject = 'stats';

interface Stats extends Readonly<TenantCounters> {
  /** RFC 3339. */
  readonly since: string;
}

/** `/v1/stats`: what the caller did through this service, all workers together, since the first of them started. */
export function statsRoutes(app: FastifyInstance, service: Service, tenants: Pick<TenantDirectory, 'known'>): void {
  const { answers, clock, reports } = service;
  const since = new Date(clock.now()).toISOString();

  reports.offer(subject, (id) => {
    const known = [...tenants.known()].find((tenant) => tenant.id === id);
    return JSON.stringify({ since, hits: 0, misses: 0, writes: 0, deletes: 0, ...known?.counters } satisfies Stats);
  });

  serve(app, getStats, async (request, reply) => {
    const all = await reports.ofAll(subject, request.caller.tenant.id);
    answers.json(reply, 200, all.map((report): Stats => JSON.parse(report)).reduce(together));
  });
}

function together(left: Stats, right: Stats): Stats {
  const [since = ''] = [left.since, right.since].sort();
  return {
    since,
    hits: left.hits + right.hits,
    misses: left.misses + right.misses,
    writes: left.writes + right.writes,
    deletes: left.deletes + right.deletes,
  };
}
