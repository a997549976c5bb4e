import type { Millis } from '@larder/cache';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import { whenOver } from '../../http/when-over.js';
import type { Service } from '../../service.js';
import { reaches } from '../api-keys/caller.js';
import { presentedKey } from '../api-keys/credentials.js';
import type { KeyRing } from '../api-keys/key-ring.js';
import type { TenantEvents } from './tenant-events.js';

const eventStream = 'text/event-stream';
const lastEventIdOf = 'The id of the last event that was seen: the stream goes on behind it, or begins with a reset.';

const longestHeartbeat = 60;

export const getEvents: Operation = {
  id: 'getEvents',
  method: 'GET',
  route: 'events',
  summary: 'What happens to the entries, as Server-Sent Events',
  scope: 'cache:read',
  query: {
    lastEventId: { description: lastEventIdOf, schema: { type: 'string' } },
    heartbeat: {
      description: 'Something is sent at least once in so many seconds, if only a comment.',
      schema: { type: 'integer', minimum: 1, maximum: longestHeartbeat, default: 15 },
    },
  },
  fields: { 'Last-Event-ID': { description: lastEventIdOf, schema: { type: 'string' } } },
  answers: {
    200: {
      description: 'A stream of the events ready, change, expire, invalidate-tags, clear and reset',
      content: { [eventStream]: undefined },
      fields: {
        'X-Accel-Buffering': { description: 'For nginx, which would hold the events back.', schema: { const: 'no' } },
      },
    },
  },
  problems: ['rate_limited', 'draining'],
};

/** `/v1/events`. */
export function eventRoutes(app: FastifyInstance, { answers }: Service, events: TenantEvents, keyRing: KeyRing): void {
  app.addHook('preClose', async () => events.endStreams());

  serve(app, getEvents, (request, reply) => {
    const { caller, raw } = request;
    const tenant = caller.tenant.id;
    // Asked before the streams ended, and let in after it.
    if (events.haveEnded) throw new Problem('draining', 'The service is shutting down.');
    if (events.isFull(tenant)) {
      throw new Problem('rate_limited', 'The tenant has as many event streams open here as it may.', {
        'Retry-After': '5',
      });
    }
    const query = parseQuery(targetOf(raw).query);
    // A browser sends the field when it comes back, with the query of the first time.
    const lastEventId = raw.headers['last-event-id'] ?? query.get('lastEventId');
    const heartbeat = checkedHeartbeat(query.get('heartbeat'));
    // nginx holds answers back to fill its buffers otherwise.
    const fields = ['Content-Type', eventStream, 'X-Accel-Buffering', 'no'];
    if (raw.method === 'HEAD') return answers.send(reply, 200, fields);
    const response = answers.stream(reply, fields);
    if (response === undefined) return;
    events.stream({
      tenant,
      lastEventId: lastEventId === undefined ? undefined : String(lastEventId),
      heartbeat,
      response,
      whenOver: (task) => whenOver(response, task),
      reaches: caller.prefixes === undefined ? undefined : (key) => reaches(caller, key),
      isAllowed: () => isStillValid(keyRing, request),
    });
  });
}

function checkedHeartbeat(text: string | undefined): Millis | undefined {
  if (text === undefined) return undefined;
  const seconds = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= longestHeartbeat) return seconds * 1_000;
  throw new Problem('invalid_request', `heartbeat must be whole seconds from 1 to ${longestHeartbeat}.`);
}

async function isStillValid(keyRing: KeyRing, { raw }: FastifyRequest): Promise<boolean> {
  try {
    return (await keyRing.authenticate(presentedKey(raw.headers) ?? '')) !== undefined;
  } catch {
    // The store does not answer, which says nothing of the key.
    return true;
  }
}
