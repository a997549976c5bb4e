import type { FastifyInstance } from 'fastify';
import { routePath } from '../../http/routed-request.js';
import type { Service } from '../../service.js';

/** `/v1/stats`: what the caller did through this process since it started. */
export function statsRoutes(app: FastifyInstance, { answers, clock }: Service): void {
  const since = new Date(clock.now()).toISOString();

  app.route({
    method: ['GET', 'HEAD'],
    url: routePath('stats'),
    handler: (request, reply) => answers.json(reply, 200, { since, ...request.tenant.counters }),
  });
}
