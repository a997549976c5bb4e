import { type IncomingMessage, request } from 'node:http';
import { type Actor, Leak } from './actor.js';

/** What one tenant hears while both of its pair are busy. */
export interface Listener {
  /** @throws Leak if an event names what this tenant has not changed; resolves with how many names were told */
  check(): number;
  lastEventId(): string | undefined;
  close(): void;
}

export async function listen(port: number, actor: Actor, lastEventId?: string): Promise<Listener> {
  const response = await open(port, actor.full.text, lastEventId);
  let text = '';
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  response.on('error', () => {});
  return {
    check() {
      let names = 0;
      for (const [, type = '', data = ''] of text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)) {
        const { keys = [], tags = [] }: { keys?: string[]; tags?: string[] } = JSON.parse(data);
        names += keys.length + tags.length;
        const foreign = keys.find((key) => !actor.model.changed.has(key));
        const foreignTag = tags.find((tag) => !actor.model.invalidated.has(tag));
        if (foreign === undefined && foreignTag === undefined) continue;
        throw new Leak(
          `tenant ${actor.id} hears in an event ${type} of ${foreign ?? foreignTag}, which is not its own`,
        );
      }
      return names;
    },
    lastEventId: () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1],
    close: () => response.destroy(),
  };
}

function open(port: number, key: string, lastEventId: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'X-API-Key': key, ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) };
    request({ host: '127.0.0.1', port, path: '/v1/events', headers, agent: false })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
}
