import type { Millis } from '@larder/cache';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requestFields } from '../../http/answer-log.js';
import { jsonBody } from '../../http/body.js';
import { closedObject } from '../../http/body-schema.js';
import { isFailure, toProblem } from '../../http/error-handler.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation as ApiOperation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { errorFields } from '../../logger.js';
import type { Service } from '../../service.js';
import { EntryDocuments } from '../entries/entry-documents.js';
import { chargeBatch } from '../limits/charge-batch.js';
import { batchSchema, type OperationSource, operationsOf, parseOperation } from './operations.js';
import { type OperationParts, refusedOperation, resultSchema, runOperation } from './run-operation.js';

export const runBatch: ApiOperation = {
  id: 'runBatch',
  method: 'POST',
  route: 'batch',
  summary: 'Does up to 100 operations one after the other, each with a result of its own',
  // Each operation asks for its own.
  scope: undefined,
  body: { content: { [jsonMediaType]: batchSchema }, isRequired: true },
  answers: {
    200: {
      description: 'The results, in the order of the operations',
      content: { [jsonMediaType]: closedObject({ results: { type: 'array', items: resultSchema } }) },
    },
  },
  problems: ['invalid_body'],
  isRepeatable: true,
};

/** `/v1/batch`: one after the other, each with its own result. What went before stays when a later one is refused. */
export function batchRoutes(app: FastifyInstance, service: Service): void {
  const { answers, clock, keyTypes, limits, logger } = service;
  const parts: OperationParts = { clock, documents: new EntryDocuments(), keyTypes, limits };

  serve(app, runBatch, run, limits.batchBytes);

  async function run(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const operations = operationsOf(jsonBody(request));
    await chargeBatch(request.caller.tenant, operations.length);
    let results = '';
    let room = limits.batchAnswerBytes;
    let now = clock.now();
    for (const operation of operations) {
      let result = resultOf(request, operation, room, now);
      if (typeof result === 'object') {
        result = await result;
        now = clock.now();
      }
      // Full for good, once a value had no room: what comes after it need not be read to be refused.
      room = result === undefined ? 0 : room - result.length;
      const text = result ?? refusedOperation(answerIsFull());
      results = results === '' ? text : `${results},${text}`;
    }
    answers.send(reply, 200, ['Content-Type', jsonMediaType], `{"results":[${results}]}`);
  }

  /** `undefined` where the answer has no room for the entry. */
  function resultOf(
    request: FastifyRequest,
    source: OperationSource,
    room: number,
    now: Millis,
  ): string | undefined | Promise<string | undefined> {
    try {
      const operation = parseOperation(source, limits);
      if (operation.op === 'get' && room <= 0) return undefined;
      const result = runOperation(parts, request.caller, operation, now);
      const most = operation.op === 'get' ? room : Number.POSITIVE_INFINITY;
      return typeof result === 'object' ? awaited(request, result, most) : fitting(result, most);
    } catch (error) {
      return refusal(request, error);
    }
  }

  async function awaited(request: FastifyRequest, running: Promise<string>, most: number): Promise<string | undefined> {
    try {
      return fitting(await running, most);
    } catch (error) {
      return refusal(request, error);
    }
  }

  function refusal(request: FastifyRequest, error: unknown): string {
    const problem = toProblem(error);
    if (isFailure(error)) {
      logger.error('an operation failed', {
        ...requestFields({ request }),
        answered: problem.code,
        ...errorFields(error),
      });
    }
    return refusedOperation(problem);
  }
}

function fitting(result: string, most: number): string | undefined {
  return result.length > most ? undefined : result;
}

/** A batch of a few kilobytes could else ask for a hundred of the largest values, and be sent a hundred times. */
function answerIsFull(): Problem {
  return new Problem('value_too_large', 'The answer to this batch is full. Read this entry in another one.');
}
