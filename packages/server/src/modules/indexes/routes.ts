import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jsonMediaType } from '../../http/media-type.js';
import { serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { limitIn, parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { requireFullReach, requireScope } from '../api-keys/caller.js';
import { type Listing, openCursor, signCursor } from '../keys/cursor.js';
import { readEntryPage } from './entry-page.js';
import { keysAfter } from './index-page.js';
import { deleteByIndex, listIndex } from './operations.js';

const defaultKeys = 100;
const defaultEntries = 20;

/** `/v1/indexes/{name}/{value}`: the entries that were written with this index term. */
export function indexRoutes(app: FastifyInstance, service: Service, cursorSecret: string): void {
  const { answers, clock, limits } = service;

  serve(app, listIndex, list);
  serve(app, deleteByIndex, remove);

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { caller } = request;
    requireFullReach(caller);
    const { tenant } = caller;
    const { name, value } = termIn(request);
    const query = parseQuery(targetOf(request.raw).query);
    const wantsEntries = includesEntries(query.get('include'));
    if (wantsEntries) requireScope(caller, 'cache:read');
    const limit = wantsEntries
      ? limitIn(query, defaultEntries, limits.entriesPerPage)
      : limitIn(query, defaultKeys, limits.keysPerPage);
    const listing: Listing = ['index', tenant.id, name, value];
    const given = query.get('cursor');
    const last = given === undefined ? undefined : openCursor(cursorSecret, listing, given);
    const page = keysAfter(last, await tenant.entries.getKeysByIndex(name, value), limit);
    const cursorBehind = (key: string | undefined, hasMore: boolean) =>
      hasMore && key !== undefined ? signCursor(cursorSecret, listing, key) : null;
    if (!wantsEntries) {
      answers.json(reply, 200, { keys: page.keys, cursor: cursorBehind(page.keys.at(-1), page.hasMore) });
      return;
    }
    const found = await readEntryPage(tenant, page, limits.batchBytes, clock);
    const cursor = JSON.stringify(cursorBehind(found.last, found.hasMore));
    const body = `{"entries":[${found.documents.join(',')}],"cursor":${cursor}}`;
    answers.send(reply, 200, ['Content-Type', jsonMediaType], body);
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    requireFullReach(request.caller);
    const { entries, counters, storage } = request.caller.tenant;
    const { name, value } = termIn(request);
    const removed = storage?.removing();
    const deleted = await entries.deleteByIndex(name, value);
    counters.deletes += deleted;
    removed?.(deleted, 0);
    answers.json(reply, 200, { deleted });
  }
}

function termIn(request: FastifyRequest): { readonly name: string; readonly value: string } {
  const [name = '', value = ''] = targetOf(request.raw).parameters;
  return { name, value };
}

function includesEntries(include: string | undefined): boolean {
  if (include === undefined || include === 'keys') return false;
  if (include === 'entries') return true;
  throw new Problem('invalid_request', 'include must be keys, which is what is answered without it, or entries.');
}
