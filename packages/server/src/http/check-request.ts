import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction, HTTPMethods } from 'fastify';
import { rawProblem } from './client-error.js';
import { Problem } from './problem.js';
import { routePath, targetOf } from './routed-request.js';
import { refuseRepeatedFields } from './single-fields.js';

/** What every request must fulfil, whoever sends it and whatever for. Runs before everything else. */
export function checkRequest(app: FastifyInstance): void {
  app.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const { raw } = request;
    const { route } = targetOf(raw);
    refuseRepeatedFields(raw.rawHeaders);
    // RFC 9112, 3.2
    if (raw.headers.host === undefined && raw.httpVersionMajor === 1 && raw.httpVersionMinor === 1) {
      throw new Problem('invalid_request', 'The field Host is missing.');
    }
    if (request.is404) throw notServed(app, routePath(route));
    done();
  });

  // Reached by nobody: the hook above has answered. It is here because only with it do hooks run for unknown paths.
  app.setNotFoundHandler((request) => {
    throw notServed(app, routePath(targetOf(request.raw).route));
  });
}

/** RFC 9110, 10.1.1. Node itself answers `100-continue`; there is no other expectation. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.socket?.end(rawProblem('expectation_failed', 'Only 100-continue can be expected.'));
}

function notServed(app: FastifyInstance, path: string): Problem {
  const allowed = METHODS.filter((method) => app.hasRoute({ url: path, method: method as HTTPMethods }));
  if (allowed.length === 0) return new Problem('route_not_found', 'There is nothing at this address.');
  const list = allowed.join(', ');
  return new Problem('method_not_allowed', `This address takes ${list}.`, { Allow: list });
}
