import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ResolvedOptions } from './options.js';
import { connectionFailed, failed, refused } from './remote-errors.js';

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
  /** It changes nothing: it is asked again where the connection broke before an answer began. */
  readonly isSafe?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly fields: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Keep-alive connections to one service. */
export class Connection {
  readonly #options: ResolvedOptions;
  readonly #base: string;
  readonly #agent: HttpAgent;
  readonly #send: typeof httpRequest;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#base = options.url.pathname.replace(/\/$/, '');
    const isSecure = options.url.protocol === 'https:';
    const pool = { keepAlive: true, maxSockets: options.connections, scheduling: 'lifo' } as const;
    this.#agent = isSecure ? new HttpsAgent(pool) : new HttpAgent(pool);
    this.#send = isSecure ? (httpsRequest as typeof httpRequest) : httpRequest;
  }

  /** Any answer, whatever its status. @throws StoreError where there is none */
  async ask(call: Call): Promise<Answer> {
    try {
      return await this.#once(call);
    } catch (error) {
      // A connection that was idle may have been closed by the other side just then. What is safe can be asked again;
      // anything else may have been done: (1) it is done, (2) somebody else writes, (3) the repetition undoes that.
      if (call.isSafe && isBroken(error) && !call.signal?.aborted) return this.#once(call).catch(rethrow);
      return rethrow(error);
    }
  }

  /** The body of an answer with one of these statuses. @throws LarderError for any other */
  async expect(call: Call, ...statuses: readonly number[]): Promise<Answer> {
    const answer = await this.ask(call);
    if (statuses.includes(answer.status)) return answer;
    throw refused(answer.status, problemCodeIn(answer.body));
  }

  /** An answer that goes on for long: the caller reads it, and ends it. */
  stream(path: string, fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // A connection of its own: it would hold one of the pool for ever.
      const options = { ...this.#request({ method: 'GET', path, fields }), agent: false, signal };
      const sent = this.#send(options, resolve);
      sent.setTimeout(this.#options.answerTimeout, () => sent.destroy(timedOut()));
      sent.on('response', () => sent.setTimeout(0));
      sent.on('error', reject);
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { body = '', signal } = call;
      const sent = this.#send({ ...this.#request(call), ...(signal === undefined ? {} : { signal }) });
      const timer = setTimeout(() => sent.destroy(timedOut()), this.#options.answerTimeout);
      timer.unref();
      sent.on('error', reject);
      sent.on('close', () => clearTimeout(timer));
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, fields: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.end(body);
    });
  }

  #request({ method, path, fields, body }: Call): RequestOptions {
    const { url, key } = this.#options;
    return {
      agent: this.#agent,
      protocol: url.protocol,
      // Brackets are how an URL writes IPv6; a socket wants none.
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method,
      path: this.#base + path,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        ...fields,
      },
    };
  }
}

function timedOut() {
  return failed(
    'The service did not answer in time; raise answerTimeout if it is only slow.',
    undefined,
    'LARDER_STORE_TIMEOUT',
  );
}

function isBroken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function rethrow(error: unknown): never {
  throw connectionFailed(error);
}

function problemCodeIn(body: Buffer): string {
  const code = /"code":"(\w+)"/.exec(body.toString('utf8'))?.[1];
  return code ?? '(no problem document)';
}
