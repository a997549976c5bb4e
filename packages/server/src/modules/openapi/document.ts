import { addresses, type KnownRoute } from '../../http/addresses.js';
import type { ProblemCode } from '../../http/error-registry.js';
import type { Described, Operation, OperationGroup } from '../../http/operation.js';
import { beforeOperations, byStatus, kindOf, type OperationKind, problemsOf, requestFieldsOf } from './implied.js';
import { pathParameters } from './path-parameters.js';
import {
  commonHeaders,
  contentOf,
  problemResponse,
  problemResponseName,
  problemSchema,
  responseOf,
} from './responses.js';

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [member: string]: unknown;
}

/** Other addresses of the same entries. */
const mirrors = [
  { prefix: '/v1/b64/', summary: 'The same with the key as base64url without padding: for ".", ".." and long keys' },
  { prefix: '/cache/', summary: 'The same without a version, for good' },
] as const;

/** The API in OpenAPI 3.1, from what its operations say of themselves. */
export function openApiDocument(groups: readonly OperationGroup[], version: string): OpenApiDocument {
  const paths = pathsOf(groups);
  return {
    openapi: '3.1.1',
    info: { title: 'Larder', version, description, ...{ license: { name: 'MIT', identifier: 'MIT' } } },
    servers: [{ url: '/' }],
    tags: groups.map(({ name }) => ({ name })),
    security: [],
    paths: { ...paths, ...mirrored(paths) },
    components: {
      schemas: { Problem: problemSchema },
      headers: commonHeaders(),
      responses: problemResponses(groups.flatMap(({ operations }) => operations)),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
    'x-before-operations': problemReferences(beforeOperations, 'open', true),
  };
}

const description =
  `A cache service for many tenants. Values are kept byte for byte. Errors are problem documents (RFC 9457) with a
stable \`code\`. Before a request has reached an operation it may be refused with one of \`x-before-operations\`. Every GET
answers HEAD too.`.replaceAll('\n', ' ');

function pathsOf(groups: readonly OperationGroup[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, operations } of groups) {
    for (const operation of operations) {
      const item = pathItem(paths, operation.route);
      item[operation.method.toLowerCase()] = operationObject(operation, name, operation.id, true);
      if (operation.method === 'GET') item.head = operationObject(operation, name, `${operation.id}Head`, false);
    }
  }
  return paths;
}

/** Each answer that stands for the same codes is there once. */
function problemResponses(operations: readonly Operation[]): Record<string, object> {
  const kinds = operations.map((operation) => [kindOf(operation), problemsOf(operation)] as const);
  const responses: Record<string, object> = {};
  for (const [kind, codes] of [['open', beforeOperations] as const, ...kinds]) {
    for (const [status, some] of byStatus(codes)) {
      for (const hasBody of [true, false]) {
        responses[problemResponseName(some, kind, hasBody)] = problemResponse(status, some, kind, hasBody);
      }
    }
  }
  return responses;
}

function problemReferences(codes: readonly ProblemCode[], kind: OperationKind, hasBody: boolean): object {
  const references = Array.from(byStatus(codes), ([status, some]) => {
    return [status, { $ref: `#/components/responses/${problemResponseName(some, kind, hasBody)}` }];
  });
  return Object.fromEntries(references);
}

function pathItem(paths: Record<string, Record<string, unknown>>, route: KnownRoute): Record<string, unknown> {
  const address = addresses[route];
  const known = paths[address];
  if (known !== undefined) return known;
  const made: Record<string, unknown> = {};
  const parameters = pathParameters(route).map(([name, described]) => parameter('path', name, described));
  if (parameters.length > 0) made.parameters = parameters;
  paths[address] = made;
  return made;
}

function operationObject(operation: Operation, tag: string, operationId: string, hasBody: boolean): object {
  const { summary, scope, body, answers } = operation;
  const parameters = parametersOf(operation);
  const kind = kindOf(operation);
  return {
    operationId,
    tags: [tag],
    summary: hasBody ? summary : `As GET, without the body: ${summary}`,
    security: operation.isOpen
      ? []
      : ['bearer', 'apiKey'].map((scheme) => ({ [scheme]: scope === undefined ? [] : [scope] })),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: body.isRequired, content: contentOf(body.content) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, kind, hasBody)]),
      ),
      ...problemReferences(problemsOf(operation), kind, hasBody),
    },
  };
}

function parametersOf(operation: Operation): readonly object[] {
  return [
    ...Object.entries(operation.query ?? {}).map(([name, described]) => parameter('query', name, described)),
    ...Object.entries(requestFieldsOf(operation)).map(([name, described]) => parameter('header', name, described)),
  ];
}

function parameter(where: 'path' | 'query' | 'header', name: string, described: Described): object {
  const { description: meaning, schema, isRequired = false } = described;
  return { name, in: where, required: isRequired, description: meaning, schema };
}

function mirrored(paths: Readonly<Record<string, unknown>>): Record<string, Record<string, unknown>> {
  const own = addresses.entry.replace('{key}', '');
  const keyed = Object.keys(paths).filter((address) => address.startsWith(own));
  const items = mirrors.flatMap(({ prefix, summary }) =>
    keyed.map((address) => [address.replace(own, prefix), { summary, $ref: referenceTo(address) }]),
  );
  return Object.fromEntries(items);
}

/** A JSON pointer in a fragment (RFC 6901, section 6). */
function referenceTo(address: string): string {
  return `#/paths/${encodeURIComponent(address.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
}
