import type { FastifyInstance } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';

export const getStats: Operation = {
  id: 'getStats',
  method: 'GET',
  route: 'stats',
  summary: 'What the tenant did through this process since it started',
  scope: 'usage:read',
  answers: { 200: { description: 'Hits, misses, writes and deletes' } },
};

/** `/v1/stats`: what the caller did through this process since it started. */
export function statsRoutes(app: FastifyInstance, { answers, clock }: Service): void {
  const since = new Date(clock.now()).toISOString();

  serve(app, getStats, (request, reply) => answers.json(reply, 200, { since, ...request.caller.tenant.counters }));
}
