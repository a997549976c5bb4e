import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import { type Caller, requireReach, requireScope } from './caller.js';
import { presentedKey } from './credentials.js';
import type { KeyRing } from './key-ring.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route behind an API key, before its handler runs. */
    caller: Caller;
  }
}

/** Lets only requests with a valid API key reach the routes of `app`, before a byte of their body is read. */
export function requireApiKey(app: FastifyInstance, keyRing: KeyRing): void {
  // The placeholder gives all requests one shape; no handler sees it.
  app.decorateRequest('caller', null as unknown as Caller);

  app.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const text = presentedKey(request.raw.headers);
    if (text === undefined) throw unauthenticated();
    const found = keyRing.authenticate(text);
    if (found instanceof Promise) {
      found.then((caller) => admit(request, caller)).then(() => done(), done);
      return;
    }
    admit(request, found);
    done();
  });
}

function admit(request: FastifyRequest, caller: Caller | undefined): void {
  if (caller === undefined) throw unauthenticated();
  request.caller = caller;
}

/** Lets only requests that their API key allows reach the routes of `app`. */
export function requirePermission(app: FastifyInstance): void {
  app.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const { operation } = request.routeOptions.config;
    if (operation?.scope !== undefined) requireScope(request.caller, operation.scope);
    const { key } = targetOf(request.raw);
    if (key !== '') requireReach(request.caller, key);
    done();
  });
}

/** One and the same answer, whatever is wrong with the key. */
function unauthenticated(): Problem {
  const challenge = { 'WWW-Authenticate': 'Bearer realm="larder"' };
  return new Problem('unauthenticated', 'Send a valid API key as Authorization: Bearer or X-API-Key.', challenge);
}
