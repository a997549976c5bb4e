import type { FastifyInstance } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { limitIn, parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { requireReach } from '../api-keys/caller.js';
import { type Listing, openCursor, signCursor } from './cursor.js';

const defaultLimit = 100;
const longestPattern = 512;

export const listKeys: Operation = {
  id: 'listKeys',
  method: 'GET',
  route: 'keys',
  summary: 'The live keys, a page at a time',
  scope: 'cache:list',
  answers: { 200: { description: 'A page of keys, and the cursor of the next one' } },
  problems: ['invalid_cursor', 'unsupported_by_store'],
};

export const deleteKeys: Operation = {
  id: 'deleteKeys',
  method: 'DELETE',
  route: 'keys',
  summary: 'Deletes the entries whose keys match a pattern',
  scope: 'cache:delete',
  answers: { 200: { description: 'How many there were' } },
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
