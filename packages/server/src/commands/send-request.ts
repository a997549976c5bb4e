import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CommandFailure } from './command.js';
import { exitCodes } from './exit-codes.js';

export interface ServiceRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** From the first slash on, already encoded. */
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** In milliseconds. */
export const deadline = 30_000;

/** Not by `fetch`, which resolves `..` in addresses and refuses ports that browsers keep for others, such as 10080. */
export function answerTo(
  url: string,
  { method, path, fields, body }: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const options = {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    path: pathname.replace(/\/+$/, '') + path,
    method,
    headers: { ...fields, ...length },
    signal,
  };
  return new Promise((resolve, reject) => {
    const sent = (protocol === 'https:' ? httpsRequest : httpRequest)(options, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, fields: answer.headers, body: Buffer.concat(pieces) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const networkProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host is unknown',
  EAI_AGAIN: 'its host cannot be looked up now',
  ECONNRESET: 'the connection ended before the answer',
  EHOSTUNREACH: 'there is no way to that host',
};

export function unreachable(url: string, error: unknown): CommandFailure {
  const { name, code = '' } = error as Error & { code?: string };
  const reason =
    networkProblems[code] ??
    (name === 'TimeoutError'
      ? `it did not answer within ${deadline / 1_000} s`
      : code.startsWith('HPE_')
        ? 'what listens there does not speak HTTP'
        : code || 'the request failed');
  return new CommandFailure(
    `No service answers at ${url}: ${reason}. Start one with larder serve, or say with LARDER_URL or --url where it is.`,
    { code: 'unreachable', exitCode: exitCodes.unreachable },
  );
}
