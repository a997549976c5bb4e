import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { commonFields } from './answers.js';
import { errorRegistry, type ProblemCode } from './error-registry.js';
import { problemDocument, problemMediaType } from './problem.js';
import { behindAnswers } from './requests-ahead.js';

const refused = new WeakSet<Socket>();

/**
 * Answers bytes that Node's parser refused, so that no request exists to answer; then ends the connection. What came
 * before them on the connection is answered first: a client takes the first answer for that to its first request.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  // The parser refuses whatever else comes, too.
  if (refused.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refused.add(socket);
  const [code, detail] = refusal(error.code);
  behindAnswers(socket, () => socket.end(rawProblem(code, detail), () => socket.destroy()));
}

/** A whole HTTP/1.1 response, for where there is no `ServerResponse`. */
export function rawProblem(code: ProblemCode, detail: string): string {
  const { status } = errorRegistry[code];
  const body = problemDocument(code, detail, randomUUID());
  const fields = [
    ...commonFields,
    ...['Content-Type', problemMediaType],
    ...['Content-Length', String(Buffer.byteLength(body))],
    ...['Connection', 'close'],
  ];
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function refusal(code: string | undefined): readonly [ProblemCode, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['header_too_large', 'The request line and the header fields together are too long.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request_timeout', 'The request did not arrive in time.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['value_too_large', 'The chunk extensions are too long.'];
    default:
      return ['invalid_request', 'This is not an HTTP/1.1 request that can be understood (RFC 9112).'];
  }
}
