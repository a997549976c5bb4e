import { type Cache, LarderError } from '@larder/cache';
import type { FastifyInstance } from 'fastify';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import type { Service } from '../../service.js';

const storeDeadline = 1_000;

function statusSchema(status: string): JsonSchema {
  return closedObject({ status: { const: status } });
}

export const getLivez: Operation = {
  id: 'getLivez',
  method: 'GET',
  route: 'livez',
  summary: 'The process answers',
  scope: undefined,
  isOpen: true,
  answers: { 200: { description: 'It does', content: { [jsonMediaType]: statusSchema('alive') } } },
};

export const getReadyz: Operation = {
  id: 'getReadyz',
  method: 'GET',
  route: 'readyz',
  summary: 'Whether to send requests to this process',
  scope: undefined,
  isOpen: true,
  answers: { 200: { description: 'Send them', content: { [jsonMediaType]: statusSchema('ready') } } },
  problems: ['draining', 'store_unavailable'],
};

/**
 * `/livez`: the process answers. `/readyz`: send it requests. Neither needs an API key.
 *
 * @param stores - a cache on each store that has to answer
 */
export function healthRoutes(app: FastifyInstance, { answers, lifecycle }: Service, stores: readonly Cache[]): void {
  serve(app, getLivez, (_request, reply) => answers.json(reply, 200, { status: 'alive' }));

  serve(app, getReadyz, async (_request, reply) => {
    // What still comes is served: who sends it has not asked here yet.
    if (lifecycle.draining) throw new Problem('draining', 'The service is shutting down.');
    await withinDeadline(Promise.all(stores.map((store) => store.has('readiness'))));
    answers.json(reply, 200, { status: 'ready' });
  });
}

/** A store that hangs is as good as none. */
async function withinDeadline(read: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswer()), storeDeadline);
  });
  try {
    await Promise.race([read, deadline]);
  } catch (error) {
    // To whoever asks whether to send requests here, a store that is late is one that is not there.
    const isLate = error instanceof LarderError && error.code === 'LARDER_STORE_TIMEOUT';
    throw isLate ? noAnswer() : error;
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(): Problem {
  return new Problem('store_unavailable', 'The store behind this service does not answer.');
}
