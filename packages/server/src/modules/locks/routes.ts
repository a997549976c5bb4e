import { randomBytes } from 'node:crypto';
import type { Cache, Millis, NamedLeases } from '@larder/cache';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jsonBody } from '../../http/body.js';
import { entityTag } from '../../http/conditional.js';
import { serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { requireReach } from '../api-keys/caller.js';
import { asDuration } from '../entries/entry-write.js';
import { holderIn } from './holder-token.js';
import { extendLock, lockTerms, releaseLock, takeLock } from './operations.js';

const tokenBytes = 24;

interface AskedLock {
  readonly name: string;
  /** Of the caller's tenant. */
  readonly leases: NamedLeases;
}

/** `/v1/locks/{name}`: leases that outlive a request. `shared` is where all processes of the service find them. */
export function lockRoutes(app: FastifyInstance, { answers, clock, limits, logger }: Service, shared: Cache): void {
  const locks = shared.namespace('locks');

  serve(app, takeLock, take, limits.commandBytes);
  serve(app, extendLock, extend, limits.commandBytes);
  serve(app, releaseLock, release);

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { name, leases } = askedLock(request);
    const { ttl } = lockTerms.read(jsonBody(request).value);
    const token = randomBytes(tokenBytes).toString('base64url');
    const answer = await leases.take(name, token, asDuration(ttl)).catch((error) => {
      giveBack(leases, name, token);
      throw error;
    });
    if (!answer.isHeld) {
      const fields = { 'Retry-After': String(secondsUntil(answer.until, clock.now())) };
      throw new Problem('lock_held', 'Somebody else holds this lock.', fields);
    }
    const { fencingToken } = answer;
    answers.json(reply, 201, { name, token, fencingToken, ttl }, ['ETag', entityTag(token)]);
  }

  async function extend(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { name, leases } = askedLock(request);
    const token = holderIn(request.headers);
    const { ttl } = lockTerms.read(jsonBody(request).value);
    if (!(await leases.extend(name, token, asDuration(ttl)))) throw notYours();
    answers.json(reply, 200, { name, token, ttl }, ['ETag', entityTag(token)]);
  }

  async function release(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { name, leases } = askedLock(request);
    if (!(await leases.release(name, holderIn(request.headers)))) throw notYours();
    answers.send(reply, 204, []);
  }

  function askedLock({ raw, caller }: FastifyRequest): AskedLock {
    const [name = ''] = targetOf(raw).parameters;
    requireReach(caller, name);
    return { name, leases: locks.namespace(caller.tenant.id).leases };
  }

  /** A take that failed may yet come about, and nobody would know the token. */
  function giveBack(leases: NamedLeases, name: string, token: string): void {
    leases.release(name, token).catch(() => logger.debug('a lock that was perhaps taken ends by itself', {}));
  }
}

function secondsUntil(until: Millis, now: Millis): number {
  return Math.max(1, Math.ceil((until - now) / 1_000));
}

function notYours(): Problem {
  const detail = "The lock is not held under this token: it ended, was let go of, or is somebody else's.";
  return new Problem('precondition_failed', detail);
}
