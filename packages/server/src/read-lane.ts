import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Millis } from '@larder/cache';
import type { Exchange } from './http/exchange.js';
import { plainFields, type ReadFields } from './http/plain-fields.js';
import { targetOf } from './http/routed-request.js';
import { type Caller, reaches } from './modules/api-keys/caller.js';
import { presentedKey } from './modules/api-keys/credentials.js';
import type { KeyRing } from './modules/api-keys/key-ring.js';
import { readEntry } from './modules/entries/read-entry.js';
import { answerRefusal, chargeTo } from './modules/limits/admission.js';
import type { Service } from './service.js';

interface Read {
  readonly caller: Caller;
  readonly key: string;
  readonly fields: ReadFields;
}

export interface ReadLaneParts {
  readonly service: Service;
  readonly keyRing: KeyRing;
  readonly requestId: () => string;
  readonly onError: (error: unknown, exchange: Exchange) => void;
  /** Fastify, for everything else. */
  readonly otherwise: RequestListener;
}

/**
 * Takes the plainest request there is, a GET of an entry with a key that is recognised, past Fastify's router and
 * hooks, which have nothing to decide for it. Whatever is unusual or wrong about a request is left to Fastify,
 * so that there is one place which refuses; but a request beyond its tenant's limits is answered here, because there may be
 * a flood of them.
 */
export function readLane({ service, keyRing, requestId, onError, otherwise }: ReadLaneParts): RequestListener {
  return (request, response) => {
    const now = service.clock.now();
    const read = plainRead(request, keyRing, now);
    if (read === undefined) {
      otherwise(request, response);
      return;
    }
    const { tenant } = read.caller;
    const { gate } = tenant;
    const admission = gate === undefined ? 'admitted' : gate.admitNow(response, now);
    // Nothing is reserved: it has to wait.
    if (admission === undefined) {
      otherwise(request, response);
      return;
    }
    chargeTo(request, tenant);
    const exchange = new PlainRead(request, response, read.caller, requestId);
    if (admission !== 'admitted') {
      answerRefusal(service, tenant, exchange, admission);
      return;
    }
    tenant.traffic.requests++;
    try {
      readEntry(service, exchange, { tenant, key: read.key, fields: read.fields })?.catch((error) =>
        onError(error, exchange),
      );
    } catch (error) {
      onError(error, exchange);
    }
  };
}

function plainRead(request: IncomingMessage, keyRing: KeyRing, now: Millis): Read | undefined {
  if (request.method !== 'GET') return undefined;
  const fields = plainFields(request.rawHeaders);
  if (fields?.host === undefined) return undefined;
  try {
    const { route, key } = targetOf(request);
    if (route !== 'entry') return undefined;
    const text = presentedKey(fields);
    const caller = text === undefined ? undefined : keyRing.recognise(text, now);
    return caller?.scopes.has('cache:read') && reaches(caller, key) ? { caller, key, fields } : undefined;
  } catch {
    // Fastify comes to the same refusal, and answers it.
    return undefined;
  }
}

/** A class, because V8 makes an object literal with a getter slowly: 2.5 µs of a read, in a profile. */
class PlainRead implements Exchange {
  readonly raw: ServerResponse;
  readonly request: NamedRequest;

  constructor(request: IncomingMessage, response: ServerResponse, caller: Caller, requestId: () => string) {
    this.raw = response;
    this.request = new NamedRequest(request, caller, requestId);
  }
}

class NamedRequest {
  readonly raw: IncomingMessage;
  readonly caller: Caller;
  readonly #makeId: () => string;
  #id: string | undefined;

  constructor(raw: IncomingMessage, caller: Caller, makeId: () => string) {
    this.raw = raw;
    this.caller = caller;
    this.#makeId = makeId;
  }

  /** Only problems and debug lines name it. */
  get id(): string {
    this.#id ??= this.#makeId();
    return this.#id;
  }
}
