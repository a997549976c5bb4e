import type { FastifyRequest } from 'fastify';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { limitIn, parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';

const defaultLimit = 100;
const mostPerPage = 1_000;

/** In the OpenAPI document. */
export const pageQuery = {
  cursor: { description: 'nextCursor of the page before.', schema: { type: 'string' } },
  limit: {
    description: `How many a page has at most. Default: ${defaultLimit}.`,
    schema: { type: 'integer', minimum: 1, maximum: mostPerPage },
  },
};

export function pageSchema(items: JsonSchema): JsonSchema {
  return closedObject({ data: { type: 'array', items }, nextCursor: { type: ['string', 'null'] } });
}

/** `?cursor=&limit=` of an admin list. Its cursors need no signature: an admin may read all there is. */
export function pageOf(request: FastifyRequest): { readonly cursor: string | undefined; readonly limit: number } {
  const query = parseQuery(targetOf(request.raw).query);
  return { cursor: query.get('cursor'), limit: limitIn(query, defaultLimit, mostPerPage) };
}
