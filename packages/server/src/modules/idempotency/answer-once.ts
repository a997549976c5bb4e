import { hash } from 'node:crypto';
import type { Cache } from '@larder/cache';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { bodyBytes } from '../../http/body.js';
import type { AnswerKeeper, GivenAnswer } from '../../http/exchange.js';
import { Problem } from '../../http/problem.js';
import { errorFields } from '../../logger.js';
import type { Service } from '../../service.js';
import { presentedKey } from '../api-keys/credentials.js';
import { answerFromBytes, answerToBytes } from './answer-bytes.js';
import { idempotencyKeyIn } from './idempotency-key.js';
import { type ClaimedRequest, claimedRequest, claimRequest, type RequestRecord } from './request-records.js';
import { type RequestSecret, requestSecret } from './request-secret.js';

declare module 'fastify' {
  interface FastifyReply {
    keepAnswer: AnswerKeeper | undefined;
  }
}

/** A third of what a mark lives. */
const extendEvery = 5_000;
/** No request takes as long: what has not answered by then never will. */
const longestRun = 600_000;

/**
 * Has the operations that are no good to be done twice done once under an `Idempotency-Key`: whoever sends the request
 * again gets the answer of the first time. `shared` is where all processes of the service find it.
 */
export function answerOnce(app: FastifyInstance, service: Service, shared: Cache): void {
  const { answers, clock, limits, logger } = service;
  const tenants = shared.namespace('idempotency');
  app.decorateReply('keepAnswer', undefined);

  app.addHook('preHandler', (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const isRepeatable = request.routeOptions.config.operation?.isRepeatable === true;
    const key = isRepeatable ? idempotencyKeyIn(request.headers) : undefined;
    if (key === undefined) done();
    else claim(request, reply, key).then(() => done(), done);
  });

  async function claim(request: FastifyRequest, reply: FastifyReply, key: string): Promise<void> {
    const { tenant, keyId } = request.caller;
    const records = tenants.namespace<RequestRecord>(tenant.id);
    const name = hash('sha256', JSON.stringify([keyId, key]), 'base64url');
    const secret = requestSecret(presentedKey(request.raw.headers) ?? '', key);
    const { method, originalUrl: target } = request;
    const fingerprint = secret.fingerprint({ method, target, body: bodyBytes(request) });
    const found = await claimRequest(records, name, fingerprint, limits.writeAttempts);
    switch (found.kind) {
      case 'first':
        reply.keepAnswer = keeper(claimedRequest(records, name, fingerprint, found.mark), secret, reply);
        return;
      case 'done':
        replay(reply, found.answer, secret);
        return;
      case 'in-flight':
        throw new Problem('idempotency_in_flight', 'The first request with this Idempotency-Key is under way.', {
          'Retry-After': '1',
        });
      case 'another-request':
        throw new Problem(
          'idempotency_key_reused',
          'Another request had this Idempotency-Key within the last 24 hours. Take a new one for each request.',
        );
    }
  }

  function replay(reply: FastifyReply, sealed: Uint8Array | null, secret: RequestSecret): void {
    if (sealed === null) {
      throw new Problem('idempotency_answer_gone', 'The request was done. Its answer was too large to be kept.');
    }
    const { status, fields, body } = answerFromBytes(secret.open(sealed));
    // First: Fastify must not go on to the handler, not even if the caller has left and nothing can be sent.
    reply.hijack();
    answers.send(reply, status, [...fields, 'Idempotency-Replayed', 'true'], body);
  }

  /** Keeps the answer before it is sent: whoever has got it and asks again is never told that it is under way. */
  function keeper(claimed: ClaimedRequest, secret: RequestSecret, reply: FastifyReply): AnswerKeeper {
    const stopExtending = keepExtending(claimed);
    let isAnswered = false;
    return (answer, send) => {
      if (isAnswered) return;
      isAnswered = true;
      stopExtending();
      reply.hijack();
      settle(claimed, answer, secret)
        // It is done all the same. Who sends it again after the end of the mark does it again.
        .catch((error) => logger.warn('an answer was not kept for its Idempotency-Key', errorFields(error)))
        .finally(send);
    };
  }

  function settle(claimed: ClaimedRequest, answer: GivenAnswer, secret: RequestSecret): Promise<void> {
    if (!isKept(answer)) return claimed.forget();
    const bytes = answerToBytes(answer);
    return claimed.keep(bytes.byteLength > limits.keptAnswerBytes ? null : secret.seal(bytes));
  }

  function keepExtending(claimed: ClaimedRequest): () => void {
    const end = clock.now() + longestRun;
    let cancel = clock.schedule(extend, extendEvery);
    let isOver = false;
    function extend(): void {
      const again = (isHeld: boolean) => {
        if (isHeld && !isOver && clock.now() < end) cancel = clock.schedule(extend, extendEvery);
      };
      // What failed may go well the next time.
      claimed.extend().then(again, () => again(true));
    }
    return () => {
      isOver = true;
      cancel();
    };
  }
}

/** What can go well the next time is not what the caller wants to be told again. */
function isKept({ status, isRetryable }: GivenAnswer): boolean {
  return status < 500 && !isRetryable;
}
