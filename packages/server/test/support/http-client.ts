import { Agent, request } from 'node:http';
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
    options?: { body?: string | Uint8Array; headers?: Record<string, string> },
  ): Promise<Answer>;
  close(): void;
}

/** A client with connections that stay open; rejects where the connection breaks. */
export function httpClient(port: number, key: string = apiKey): Client {
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
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
