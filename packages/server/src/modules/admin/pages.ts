import type { FastifyRequest } from 'fastify';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { Problem } from '../../http/problem.js';
import { parseQuery } from '../../http/query.js';
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
  const limit = query.get('limit');
  const count = limit === undefined ? defaultLimit : /^[1-9]\d{0,3}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > mostPerPage) {
    throw new Problem('invalid_request', `limit must be a whole number from 1 to ${mostPerPage}.`);
  }
  return { cursor: query.get('cursor'), limit: count };
}
