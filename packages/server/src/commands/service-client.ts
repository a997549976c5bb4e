import { CommandFailure, type Surroundings, UsageError } from './command.js';
import type { OptionDescriptions } from './command-description.js';
import { exitCodeOf } from './exit-codes.js';
import { answerTo, deadline, type ServiceAnswer, type ServiceRequest, unreachable } from './send-request.js';
import { printable } from './text.js';

/** What every command has that speaks to a service. */
export const serviceOptions = {
  url: { type: 'string', value: 'address', description: 'the service; otherwise LARDER_URL, or http://127.0.0.1:8080' },
  key: {
    type: 'string',
    value: 'API key',
    description: 'the API key; otherwise LARDER_KEY, which is better: others on this machine can read command lines',
  },
  json: { type: 'boolean', description: 'writes JSON, errors (to standard error) too' },
} as const satisfies OptionDescriptions;

interface ServiceGiven {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

export interface ServiceClient {
  readonly url: string;
  /** Whatever the status is. @throws CommandFailure `unreachable` if there is no answer */
  exchange(request: ServiceRequest): Promise<ServiceAnswer>;
  /** @throws CommandFailure also for an answer that is no success */
  send(request: ServiceRequest): Promise<ServiceAnswer>;
  /** As `send`, with a JSON body where there is one, of a call that answers with JSON. */
  json<Document>(request: Omit<ServiceRequest, 'body'> & { readonly document?: unknown }): Promise<Document>;
}

const usualUrl = 'http://127.0.0.1:8080';

/** @throws UsageError if address or API key cannot be used */
export function serviceClient(
  given: ServiceGiven,
  surroundings: Pick<Surroundings, 'environment'>,
  interrupted?: AbortSignal,
): ServiceClient {
  const key = given.key ?? surroundings.environment.LARDER_KEY;
  if (key === undefined || key === '') {
    throw new UsageError('There is no API key: set LARDER_KEY. The service prints one at its first start.');
  }
  return clientWith(serviceUrl(given, surroundings), { Authorization: `Bearer ${asFieldValue(key)}` }, interrupted);
}

/** For what needs no API key. */
export function openServiceClient(given: ServiceGiven, surroundings: Pick<Surroundings, 'environment'>): ServiceClient {
  return clientWith(serviceUrl(given, surroundings), {});
}

function serviceUrl({ url }: ServiceGiven, { environment }: Pick<Surroundings, 'environment'>): string {
  const text = url ?? (environment.LARDER_URL || usualUrl);
  const name = url === undefined ? 'LARDER_URL' : '--url';
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new UsageError(`${name} is no address of a service: write ${usualUrl}, for example.`);
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new UsageError(
      `${name} holds a user, a query or a fragment: write ${parsed.origin}, and the key into LARDER_KEY.`,
    );
  }
  return parsed.href.replace(/\/+$/, '');
}

/** As the service reads it: a key beyond ASCII travels as its UTF-8. */
function asFieldValue(key: string): string {
  if (/\p{Cc}/u.test(key) || key.trim() !== key) {
    throw new UsageError('The API key begins or ends with white space, or holds a line break: was it pasted whole?');
  }
  return Buffer.from(key, 'utf8').toString('latin1');
}

function clientWith(url: string, credentials: Record<string, string>, interrupted?: AbortSignal): ServiceClient {
  async function exchange(request: ServiceRequest): Promise<ServiceAnswer> {
    const ends = [AbortSignal.timeout(deadline), ...(interrupted === undefined ? [] : [interrupted])];
    const signal = AbortSignal.any(ends);
    try {
      return await answerTo(url, { ...request, fields: { ...credentials, ...request.fields } }, signal);
    } catch (error) {
      throw unreachable(url, signal.aborted ? signal.reason : error);
    }
  }

  async function send(request: ServiceRequest): Promise<ServiceAnswer> {
    const answer = await exchange(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(url, answer);
  }

  return {
    url,
    exchange,
    send,
    async json<Document>({ document, fields, ...request }: Parameters<ServiceClient['json']>[0]) {
      const type = document === undefined ? {} : { 'Content-Type': 'application/json' };
      const body = document === undefined ? {} : { body: JSON.stringify(document) };
      const answer = await send({ ...request, fields: { ...type, ...fields }, ...body });
      const found = parsedJson(answer.body);
      if (found !== undefined) return found as Document;
      throw new CommandFailure(`What answers at ${url} is no Larder service: its answer is not JSON.`);
    },
  };
}

interface ProblemDocument {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly requestId?: unknown;
  readonly retryable?: unknown;
}

const advice: Readonly<Record<string, string>> = {
  unauthenticated: 'The service does not know this API key, or it is expired or revoked. Check LARDER_KEY.',
  route_not_found: 'This service does not have this call: is it of another version?',
};

/** In the service's own words, which hold no values. */
export function refusal(url: string, { status, body }: ServiceAnswer): CommandFailure {
  const { code, detail, requestId, retryable } = (parsedJson(body) ?? {}) as ProblemDocument;
  if (typeof code !== 'string' || typeof detail !== 'string') {
    return new CommandFailure(`What answers at ${url} is no Larder service: it answered ${status}.`, {
      code: 'not_larder',
      exitCode: exitCodeOf(status),
      details: { status },
    });
  }
  const message = `${advice[code] ?? printable(detail)} (${printable(code)}, ${status})`;
  return new CommandFailure(message, { code, exitCode: exitCodeOf(status), details: { status, requestId, retryable } });
}

export function parsedJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
