import { type IncomingMessage, request } from 'node:http';
import { apiKey } from './service-process.js';

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly keys?: string[]; readonly tags?: string[]; readonly [name: string]: unknown };
}

/** A reader of `/v1/events`, which keeps what it was sent. */
export interface EventReader {
  readonly response: IncomingMessage;
  readonly events: readonly ReceivedEvent[];
  /** All that came so far, as it came. */
  text(): string;
  /** Waits until an event is there, or comes; looks behind what was found before. */
  next(isMeant?: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>;
  /** Resolves when the service has ended the stream. */
  ended: Promise<void>;
  close(): void;
}

export interface ReaderOptions {
  readonly key?: string;
  readonly lastEventId?: string;
  readonly query?: string;
}

/** Resolves once the stream has begun; rejects with the status if it has not. */
export async function readEvents(
  port: number,
  { key = apiKey, lastEventId, query = '' }: ReaderOptions = {},
): Promise<EventReader> {
  const response = await begin(port, `/v1/events${query}`, {
    Authorization: `Bearer ${key}`,
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  });
  const events: ReceivedEvent[] = [];
  let text = '';
  let parsedTo = 0;
  let taken = 0;
  let wake = () => {};
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
    for (let end = text.indexOf('\n\n', parsedTo); end !== -1; end = text.indexOf('\n\n', parsedTo)) {
      const event = parsed(text.slice(parsedTo, end));
      if (event !== undefined) events.push(event);
      parsedTo = end + 2;
    }
    wake();
  });
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  return {
    response,
    events,
    text: () => text,
    ended,
    async next(isMeant = () => true) {
      const deadline = setTimeout(() => response.destroy(), 10_000);
      try {
        for (;;) {
          const at = events.findIndex((event, index) => index >= taken && isMeant(event));
          if (at !== -1) {
            taken = at + 1;
            return events[at] as ReceivedEvent;
          }
          if (response.destroyed) throw new Error(`The stream ended without the event. It sent: ${text}`);
          await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))]);
        }
      } finally {
        clearTimeout(deadline);
      }
    },
    close: () => response.destroy(),
  };
}

export const ofType = (type: string) => (event: ReceivedEvent) => event.type === type;
export const withKey = (type: string, key: string) => (event: ReceivedEvent) =>
  event.type === type && event.data.keys?.includes(key) === true;

function begin(port: number, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, agent: false });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.on('error', () => {});
      if (response.statusCode === 200) resolve(response);
      else {
        response.destroy();
        reject(new Error(`The events were answered with ${response.statusCode}.`));
      }
    });
    sent.end();
  });
}

function parsed(block: string): ReceivedEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  const type = fields.get('event');
  if (type === undefined) return undefined;
  return { id: fields.get('id') ?? '', type, data: JSON.parse(fields.get('data') ?? '{}') };
}
