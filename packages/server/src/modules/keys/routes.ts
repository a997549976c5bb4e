import type { FastifyInstance } from 'fastify';
import { closedObject } from '../../http/body-schema.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { limitIn, parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import { defaultLimits } from '../../limits.js';
import type { Service } from '../../service.js';
import { requireReach } from '../api-keys/caller.js';
import { type Listing, openCursor, signCursor } from './cursor.js';

const defaultLimit = 100;
const longestPattern = 512;

const pattern = { type: 'string', maxLength: longestPattern };
const matchRule =
  'What the keys must match: * stands for anything, ? for one character; a backslash takes them literally.';

export const listKeys: Operation = {
  id: 'listKeys',
  method: 'GET',
  route: 'keys',
  summary: 'The live keys, a page at a time',
  scope: 'cache:list',
  query: {
    prefix: { description: 'What the keys must begin with.', schema: pattern },
    match: { description: matchRule, schema: pattern },
    cursor: { description: 'From the page before, with the same prefix and match.', schema: { type: 'string' } },
    limit: {
      description: `How many keys a page has at most. Default: ${defaultLimit}.`,
      schema: { type: 'integer', minimum: 1, maximum: defaultLimits.keysPerPage },
    },
  },
  answers: {
    200: {
      description: 'A page of keys, and the cursor of the next one',
      content: {
        [jsonMediaType]: closedObject({
          keys: { type: 'array', items: { type: 'string' } },
          cursor: { type: ['string', 'null'] },
        }),
      },
    },
  },
  problems: ['invalid_cursor', 'unsupported_by_store'],
};

export const deleteKeys: Operation = {
  id: 'deleteKeys',
  method: 'DELETE',
  route: 'keys',
  summary: 'Deletes the entries whose keys match a pattern',
  scope: 'cache:delete',
  query: { match: { description: matchRule, schema: pattern, isRequired: true } },
  answers: {
    200: {
      description: 'How many there were',
      content: { [jsonMediaType]: closedObject({ deleted: { type: 'integer', minimum: 0 } }) },
    },
  },
  problems: ['unsupported_by_store'],
};

/** `/v1/keys`: the caller's own keys, a page at a time. */
export function keyRoutes(app: FastifyInstance, { answers, limits }: Service, cursorSecret: string): void {
  serve(app, listKeys, async (request, reply) => {
    const query = parseQuery(targetOf(request.raw).query);
    const { id: tenant, entries } = request.caller.tenant;
    const prefix = checkedPattern('prefix', query.get('prefix')) ?? '';
    const match = checkedPattern('match', query.get('match'));
    requireReach(request.caller, literalStart(prefix, match));
    const listing: Listing = ['keys', tenant, prefix, match ?? null];
    const given = query.get('cursor');
    const page = await entries.keysPage({
      prefix,
      ...(match === undefined ? {} : { match }),
      cursor: given === undefined ? undefined : openCursor(cursorSecret, listing, given),
      limit: limitIn(query, defaultLimit, limits.keysPerPage),
    });
    const cursor = page.cursor === undefined ? null : signCursor(cursorSecret, listing, page.cursor);
    answers.json(reply, 200, { keys: page.keys, cursor });
  });

  serve(app, deleteKeys, async (request, reply) => {
    const match = checkedPattern('match', parseQuery(targetOf(request.raw).query).get('match'));
    if (match === undefined || match === '') {
      throw new Problem('invalid_request', 'Name the keys to delete: ?match=session:*, for example.');
    }
    requireReach(request.caller, literalStart('', match));
    const { entries, counters, storage } = request.caller.tenant;
    const removed = storage?.removing();
    const deleted = await entries.deleteMatching(match);
    counters.deletes += deleted;
    removed?.(deleted, 0);
    answers.json(reply, 200, { deleted });
  });
}

/** What all keys of a listing begin with for certain. */
function literalStart(prefix: string, match: string | undefined): string {
  const literal = match?.slice(0, /[*?\\]|$/.exec(match)?.index) ?? '';
  return literal.length > prefix.length ? literal : prefix;
}

function checkedPattern(name: string, pattern: string | undefined): string | undefined {
  if (pattern === undefined || Buffer.byteLength(pattern) <= longestPattern) return pattern;
  throw new Problem('invalid_request', `${name} has at most ${longestPattern} bytes.`);
}
