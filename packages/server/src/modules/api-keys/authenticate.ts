import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Problem } from '../../http/problem.js';
import type { Service } from '../../service.js';
import type { Tenant } from '../../tenant.js';
import { presentedKey } from './credentials.js';
import type { KeyRing } from './key-ring.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route behind an API key, before its handler runs. */
    tenant: Tenant;
  }
}

/** Lets only requests with a valid API key reach the routes of `app`, before a byte of their body is read. */
export function requireApiKey(app: FastifyInstance, { lifecycle }: Service, keyRing: KeyRing): void {
  // The placeholder gives all requests one shape; no handler sees it.
  app.decorateRequest('tenant', null as unknown as Tenant);

  app.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    if (lifecycle.draining) throw new Problem('draining', 'The service is shutting down.');
    const text = presentedKey(request.raw.headers);
    if (text === undefined) throw unauthenticated();
    const found = keyRing.authenticate(text);
    if (found instanceof Promise) {
      found.then((tenant) => admit(request, tenant)).then(() => done(), done);
      return;
    }
    request.tenant = found;
    done();
  });
}

function admit(request: FastifyRequest, tenant: Tenant | undefined): void {
  if (tenant === undefined) throw unauthenticated();
  request.tenant = tenant;
}

/** One and the same answer, whatever is wrong with the key. */
function unauthenticated(): Problem {
  const challenge = { 'WWW-Authenticate': 'Bearer realm="larder"' };
  return new Problem('unauthenticated', 'Send a valid API key as Authorization: Bearer or X-API-Key.', challenge);
}
