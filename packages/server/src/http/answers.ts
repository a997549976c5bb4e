import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lifecycle } from '../lifecycle.js';
import type { Traffic } from '../modules/stats/traffic.js';
import { linesOf, writeHeadFor } from './answer-head.js';
import type { AnswerLog } from './answer-log.js';
import { errorRegistry, type ProblemCode } from './error-registry.js';
import type { Exchange } from './exchange.js';
import { htmlMediaType, jsonMediaType } from './media-type.js';
import { endAsOnePiece } from './one-piece.js';
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

const common = { fields: commonFields, lines: linesOf(commonFields) };

/** Beyond this, what is left of a refused request's body is not waited for: the connection ends instead. */
const discardableBytes = 64 * 1_024;

/** Up to here, copying bytes costs less than writing them beside the head. */
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
    if (body !== undefined) {
      writeWhole(exchange, status, fields, body, common);
    } else if (canBegin(exchange)) {
      fields.push(...commonFields);
      writeHead(exchange, status, fields);
      exchange.raw.end();
    }
  }

  function writeWhole(
    exchange: Exchange,
    status: number,
    fields: Fields,
    body: string | Uint8Array,
    constant: typeof common,
  ): void {
    const { raw } = exchange;
    if (!canBegin(exchange)) return;
    const bytes = lengthOf(body);
    record(exchange, status, fields, bytes);
    if (!writeHeadFor(raw, status, fields, constant.lines, bytes)) {
      fields.push(...constant.fields, 'Content-Length', String(bytes));
      raw.writeHead(status, fields);
    }
    if (typeof body === 'string') unsent.end(raw, body, bytes === body.length ? 'latin1' : 'utf8');
    else if (body.byteLength > copiedBytes) unsent.end(raw, body);
    else endAsOnePiece(raw, textOf(body), 'latin1');
  }

  function canBegin({ raw }: Exchange): boolean {
    if (raw.headersSent) return false;
    if (raw.destroyed) traffic.left();
    return !raw.destroyed;
  }

  function writeHead(exchange: Exchange, status: number, fields: Fields): void {
    record(exchange, status, fields, 0);
    exchange.raw.writeHead(status, fields);
  }

  function record(exchange: Exchange, status: number, fields: Fields, bytes: number): void {
    const { raw, request } = exchange;
    account(request.raw, fields, bytes);
    if (lifecycle.draining) raw.shouldKeepAlive = false;
    const milliseconds = stopwatch() - arrivalOf(request.raw);
    traffic.answered(routeOf(request.raw), status, milliseconds, bytes);
    if (log.isOn) log.answered(exchange, status, milliseconds, bytes);
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
      writeHead(exchange, 200, fields);
      return exchange.raw;
    },
    json(exchange, status, document, fields = []) {
      fields.push('Content-Type', jsonMediaType);
      send(exchange, status, fields, JSON.stringify(document));
    },
    page(exchange, html, contentSecurityPolicy) {
      const ofPages = [...commonFields];
      ofPages[ofPages.indexOf('Content-Security-Policy') + 1] = contentSecurityPolicy;
      const constant = { fields: ofPages, lines: linesOf(ofPages) };
      writeWhole(exchange, 200, ['Content-Type', htmlMediaType], html, constant);
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
