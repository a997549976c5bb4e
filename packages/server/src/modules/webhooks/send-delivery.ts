import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import type { Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';
import { destinationOf, unbracketed } from './destination.js';
import { signatureField, signatureOf } from './signature.js';
import type { DestinationRules } from './webhook-url.js';

export interface DeliveryTransport extends DestinationRules {
  readonly now: () => Millis;
  readonly timers: Timers;
  /** From the look at the host's name to the end of the answer. */
  readonly timeout: Millis;
  /** Certificates to trust besides the usual ones; for tests. */
  readonly ca?: string;
}

export interface Posting {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
  /** How many attempts have failed. */
  readonly attempts: number;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** `reason` says neither the URL nor anything of the answer but its status. */
export type PostResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What is read of an answer, which nobody wants, before the connection is cut. */
const longestAnswer = 4_096;

/**
 * Posts a body to a webhook. The host is looked up and judged anew, and the connection goes to the very address that was
 * judged: a resolver that answers differently the second time is not asked a second time. Redirects are not followed.
 */
export async function sendDelivery(posting: Posting, transport: DeliveryTransport): Promise<PostResult> {
  const url = new URL(posting.url);
  const giveUp = new AbortController();
  const cancel = transport.timers.schedule(() => giveUp.abort(), transport.timeout);
  const signal = AbortSignal.any([posting.signal, giveUp.signal]);
  try {
    const destination = await orAborted(destinationOf(url, { ...transport, turn: posting.attempts }), signal);
    if (!destination.ok) return destination;
    if (url.protocol !== 'https:' && !transport.allowsLoopback) return { ok: false, reason: 'its URL is not https' };
    return judged(await post(url, destination.address, posting, transport, signal));
  } catch (error) {
    if (giveUp.signal.aborted) return { ok: false, reason: `it did not answer within ${transport.timeout} ms` };
    return { ok: false, reason: `the connection failed (${codeOf(error)})` };
  } finally {
    cancel();
  }
}

function judged(status: number): PostResult {
  if (status >= 200 && status < 300) return { ok: true };
  if (status >= 300 && status < 400) return { ok: false, reason: `it redirects (${status}), which is not followed` };
  return { ok: false, reason: `it answered ${status}` };
}

/** Resolves with the status, once the answer is over or has become too long. */
function post(
  url: URL,
  address: string,
  { secret, body }: Posting,
  { now, ca }: DeliveryTransport,
  signal: AbortSignal,
): Promise<number> {
  const host = unbracketed(url.hostname);
  const options: RequestOptions = {
    method: 'POST',
    host,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname + url.search,
    // Neither connections that others opened, nor the proxy of an agent.
    agent: false,
    lookup: always(address),
    signal,
    maxHeaderSize: 16_384,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': 'Larder',
      [signatureField]: signatureOf(secret, body, now()),
    },
  };
  const identity = { rejectUnauthorized: true, servername: isIP(host) === 0 ? host : '', ...(ca && { ca }) };
  return new Promise((resolve, reject) => {
    let status: number | undefined;
    const answered = (response: IncomingMessage) => {
      const { statusCode = 0 } = response;
      status = statusCode;
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.byteLength;
        if (bytes > longestAnswer) response.destroy();
      });
      // An answer that is cut off, by whomever, has a status all the same.
      response.on('error', () => {});
      response.on('close', () => resolve(statusCode));
    };
    const sent =
      url.protocol === 'https:' ? requestHttps({ ...options, ...identity }, answered) : requestHttp(options, answered);
    sent.on('error', (error) => (status === undefined ? reject(error) : resolve(status)));
    sent.end(body);
  });
}

/** Whatever is asked, the address that was judged. */
function always(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_host, { all }, done) => {
    if (all) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
