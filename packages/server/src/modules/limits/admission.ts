import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { Fields } from '../../http/answers.js';
import { bodyBytes } from '../../http/body.js';
import type { Exchange } from '../../http/exchange.js';
import type { Service } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import type { Refusal } from './tenant-gate.js';

const payer = Symbol('payer');

type PaidRequest = IncomingMessage & { [payer]?: Tenant };

/** From here on the request counts as one of this tenant. */
export function chargeTo(request: IncomingMessage, tenant: Tenant): void {
  (request as PaidRequest)[payer] = tenant;
}

/** Called for each answer before its head is written: counts it, and adds the fields about the tenant's limits. */
export function accountAnswer(request: IncomingMessage, fields: Fields, bodyBytes: number): void {
  const tenant = (request as PaidRequest)[payer];
  if (tenant === undefined) return;
  if (request.method !== 'HEAD') tenant.traffic.bytesSent += bodyBytes;
  tenant.gate?.addFields(fields);
}

/**
 * Holds the requests of `app` to the limits of their tenants, before their bodies are read. Calls of administration
 * cost nothing: an administrator must be able to raise the limits that keep him out.
 */
export function limitRequests(app: FastifyInstance, service: Pick<Service, 'answers' | 'clock' | 'lateDenials'>): void {
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const { tenant } = request.caller;
    chargeTo(request.raw, tenant);
    const isAdministration = request.routeOptions.config.operation?.scope === 'admin';
    // Who may not administrate is refused like anybody else.
    if (isAdministration && request.caller.scopes.has('admin')) {
      done();
      return;
    }
    const { gate, traffic } = tenant;
    const admission = gate === undefined ? 'admitted' : gate.admitNow(reply.raw, service.clock.now());
    if (admission === 'admitted') {
      traffic.requests++;
      done();
      return;
    }
    if (admission !== undefined) {
      answerRefusal(service, tenant, reply, admission);
      return;
    }
    gate?.admit(reply.raw).then((refusal) => {
      if (refusal !== undefined) return answerRefusal(service, tenant, reply, refusal);
      traffic.requests++;
      done();
    }, done);
  });

  app.addHook('preHandler', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    request.caller.tenant.traffic.bytesReceived += bodyBytes(request).byteLength;
    done();
  });
}

/** Answered and not thrown: a flood of refusals would make an error and its stack for each. */
export function answerRefusal(
  { answers, lateDenials }: Pick<Service, 'answers' | 'lateDenials'>,
  tenant: Tenant,
  exchange: Exchange,
  { code, detail, fields }: Refusal,
): void {
  lateDenials.deny(tenant, exchange.raw, () => answers.problem(exchange, code, detail, fields));
}
