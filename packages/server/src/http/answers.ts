import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lifecycle } from '../lifecycle.js';
import type { Traffic } from '../modules/stats/traffic.js';
import type { AnswerLog } from './answer-log.js';
import { errorRegistry, type ProblemCode } from './error-registry.js';
import type { Exchange } from './exchange.js';
import { htmlMediaType, jsonMediaType } from './media-type.js';
import { type Problem, problemDocument, problemMediaType } from './problem.js';
import { arrivalOf, routeOf } from './routed-request.js';
import type { UnsentAnswers } from './unsent-answers.js';

/** Names and values in turn, as `writeHead` takes them without building an object first. */
export type Fields = string[];

/** The only place where answers are written: each carries the fields of `commonFields`, and each is counted. */
export interface Answers {
  /** `fields` is the caller's own list, which is completed in place. */
  send(exchange: Exchange, status: number, fields: Fields, body?: string | Uint8Array): void;
  json(exchange: Exchange, status: number, document: unknown, fields?: Fields): void;
  /**
   * Begins an answer of which the caller writes the body, whenever there is more of it, and ends it. `undefined` if
   * nobody is there to get it.
   */
  stream(exchange: Exchange, fields: Fields): ServerResponse | undefined;
  /** A page for browsers, which may do what its own policy allows. */
  page(exchange: Exchange, html: string, contentSecurityPolicy: string): void;
  problem(exchange: Exchange, code: ProblemCode, detail: string, fields?: Problem['fields']): void;
}

/** A body of one tenant must neither be kept by a proxy nor run in a browser. */
export const commonFields: readonly string[] = [
  'Cache-Control',
  'no-store',
  'Vary',
  'Authorization',
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "sandbox; default-src 'none'",
];

/** Beyond this, what is left of a refused request's body is not waited for: the connection ends instead. */
const discardableBytes = 64 * 1_024;

/** Up to here, copying a body costs less than writing it beside its head. */
const copiedBytes = 4 * 1_024;

interface AnswersParts {
  readonly lifecycle: Lifecycle;
  readonly unsent: UnsentAnswers;
  /** Told of each answer before its head is written: may add fields. */
  readonly account: (request: IncomingMessage, fields: Fields, bodyBytes: number) => void;
  readonly log: AnswerLog;
  /** Milliseconds by a clock that never steps. */
  readonly stopwatch: () => number;
  readonly traffic: Traffic;
}

export function createAnswers({ account, lifecycle, log, stopwatch, traffic, unsent }: AnswersParts): Answers {
  // Not by Fastify's reply.send(): its serialisation and hooks have nothing to do for bytes that are ready to go.
  function write(exchange: Exchange, status: number, fields: Fields, body: string | Uint8Array | undefined): void {
    fields.push(...commonFields);
    writeAll(exchange, status, fields, body);
  }

  function writeAll(exchange: Exchange, status: number, fields: Fields, body: string | Uint8Array | undefined): void {
    const { raw } = exchange;
    if (!canBegin(exchange)) return;
    const bytes = body === undefined ? 0 : lengthOf(body);
    if (body !== undefined) fields.push('Content-Length', String(bytes));
    writeHead(exchange, status, fields, bytes);
    if (isSmall(body)) endAsOnePiece(raw, textOf(body));
    else if (body === undefined) raw.end();
    else unsent.end(raw, body);
  }

  function canBegin({ raw }: Exchange): boolean {
    if (raw.headersSent) return false;
    if (raw.destroyed) traffic.left();
    return !raw.destroyed;
  }

  function writeHead(exchange: Exchange, status: number, fields: Fields, bytes: number): void {
    const { raw, request } = exchange;
    account(request.raw, fields, bytes);
    if (lifecycle.draining) raw.shouldKeepAlive = false;
    const milliseconds = stopwatch() - arrivalOf(request.raw);
    traffic.answered(routeOf(request.raw), status, milliseconds, bytes);
    if (log.isOn) log.answered(exchange, status, milliseconds, bytes);
    raw.writeHead(status, fields);
  }

  function answer(
    exchange: Exchange,
    status: number,
    fields: Fields,
    body: string | Uint8Array | undefined,
    isRetryable: boolean,
  ): void {
    const { keepAnswer } = exchange;
    if (keepAnswer === undefined) write(exchange, status, fields, body);
    else keepAnswer({ status, fields: [...fields], body, isRetryable }, () => write(exchange, status, fields, body));
  }

  function send(exchange: Exchange, status: number, fields: Fields, body?: string | Uint8Array): void {
    answer(exchange, status, fields, body, false);
  }

  return {
    send,
    stream(exchange, fields) {
      if (!canBegin(exchange)) return undefined;
      fields.push(...commonFields);
      writeHead(exchange, 200, fields, 0);
      return exchange.raw;
    },
    json(exchange, status, document, fields = []) {
      fields.push('Content-Type', jsonMediaType);
      send(exchange, status, fields, JSON.stringify(document));
    },
    page(exchange, html, contentSecurityPolicy) {
      const fields = ['Content-Type', htmlMediaType, ...commonFields];
      fields[fields.indexOf('Content-Security-Policy') + 1] = contentSecurityPolicy;
      writeAll(exchange, 200, fields, html);
    },
    problem(exchange, code, detail, fields = {}) {
      if (leavesBodyUnread(exchange)) exchange.raw.shouldKeepAlive = false;
      const { status, retryable } = errorRegistry[code];
      const list = ['Content-Type', problemMediaType, ...Object.entries(fields).flat()];
      if (status === 503) list.push('Retry-After', '1');
      answer(exchange, status, list, problemDocument(code, detail, exchange.request.id), retryable);
    },
  };
}

/**
 * `end(text)` would write two pieces, the second of them empty, which costs Node a gathering write. Uncorked first, what
 * there is goes out by itself, and `end` has nothing left to write.
 */
function endAsOnePiece(raw: ServerResponse, text: string): void {
  raw.write(text, 'latin1');
  raw.uncork();
  raw.end();
}

/** Node writes a text and the head before it as one piece; bytes stay a piece of their own, which costs more. */
function isSmall(body: string | Uint8Array | undefined): body is Uint8Array {
  return typeof body === 'object' && body.byteLength <= copiedBytes;
}

/** Latin-1, because it has a character for every byte. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}

function lengthOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}

function leavesBodyUnread({ request: { raw } }: Exchange): boolean {
  if (raw.complete) return false;
  const declared = raw.headers['content-length'];
  return declared === undefined ? raw.headers['transfer-encoding'] !== undefined : Number(declared) > discardableBytes;
}
