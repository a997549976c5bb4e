import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../modules/api-keys/scopes.js';
import type { KnownRoute } from './addresses.js';
import type { JsonSchema } from './body-schema.js';
import type { ProblemCode } from './error-registry.js';
import { routePath } from './routed-request.js';

/** One call of the API: what it needs, and all that the OpenAPI document says of it. */
export interface Operation {
  /** Its name in the OpenAPI document, such as `putEntry`. */
  readonly id: string;
  /** A `GET` answers `HEAD` too. */
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly route: KnownRoute;
  readonly summary: string;
  /** What the API key must allow; `undefined` where no key is asked for, or any will do. */
  readonly scope: Scope | undefined;
  /** No API key is asked for. */
  readonly isOpen?: boolean;
  readonly query?: Readonly<Record<string, Described>>;
  /** Fields of the request besides those of authentication. */
  readonly fields?: Readonly<Record<string, Described>>;
  readonly body?: {
    /** By media type. No schema: any bytes. */
    readonly content: Readonly<Record<string, JsonSchema | undefined>>;
    readonly isRequired: boolean;
  };
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Those that this call in particular may be refused with. */
  readonly problems?: readonly ProblemCode[];
  /** It may be sent again under an `Idempotency-Key`, and is done once. */
  readonly isRepeatable?: boolean;
}

export interface Described {
  readonly description: string;
  readonly schema: JsonSchema;
  /** It is always there. */
  readonly isRequired?: boolean;
}

export interface AnswerDescription {
  readonly description: string;
  /** By media type; none for an answer without a body. No schema: any bytes. */
  readonly content?: Readonly<Record<string, JsonSchema | undefined>>;
  readonly fields?: Readonly<Record<string, Described>>;
}

/** Operations that belong together. */
export interface OperationGroup {
  readonly name: string;
  readonly operations: readonly Operation[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly operation?: Operation;
  }
}

/** Has `handler` answer the calls of an operation. `bodyLimit` is in bytes; the service has a default. */
export function serve(
  app: FastifyInstance,
  operation: Operation,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void,
  bodyLimit?: number,
): void {
  const { method, route } = operation;
  app.route({
    method: method === 'GET' ? ['GET', 'HEAD'] : method,
    url: routePath(route),
    config: { operation },
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    handler,
  });
}
