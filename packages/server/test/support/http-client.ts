import { Agent, request } from 'node:http';
import { complaintAbout } from './described-answers.js';
import { apiKey } from './service-process.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Client {
  send(
    method: string,
    path: string,
    options?: { body?: string | Uint8Array; headers?: Record<string, string | string[]> },
  ): Promise<Answer>;
  close(): void;
}

/**
 * A client with connections that stay open. Rejects where the connection breaks, and where an answer is not what the
 * OpenAPI document says.
 */
export function httpClient(port: number, key: string = apiKey, complaintOf = complaintAbout): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send: (method, path, { body, headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const sent = request({
          agent,
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: {
            Authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
        });
        sent.on('error', reject);
        sent.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('aborted', () => reject(new Error('aborted')));
          response.on('end', () => {
            const answer = { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
            const complaint = complaintOf({ method, path }, answer);
            if (complaint === undefined) resolve(answer);
            else reject(new Error(complaint));
          });
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
