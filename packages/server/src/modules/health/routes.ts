import type { Cache } from '@larder/cache';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../http/problem.js';
import { routePath } from '../../http/routed-request.js';
import type { Service } from '../../service.js';

const storeDeadline = 1_000;

/** `/livez`: the process answers. `/readyz`: send it requests. Neither needs an API key. */
export function healthRoutes(app: FastifyInstance, { answers, lifecycle }: Service, control: Cache): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: routePath('livez'),
    handler: (_request, reply) => answers.json(reply, 200, { status: 'alive' }),
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: routePath('readyz'),
    handler: async (_request, reply) => {
      if (lifecycle.draining) throw new Problem('draining', 'The service is shutting down.');
      await withinDeadline(control.has('readiness'));
      answers.json(reply, 200, { status: 'ready' });
    },
  });
}

/** A store that hangs is as good as none. */
async function withinDeadline(read: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    const timeout = new Problem('store_unavailable', 'The store behind this service does not answer.');
    timer = setTimeout(() => reject(timeout), storeDeadline);
  });
  try {
    await Promise.race([read, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
