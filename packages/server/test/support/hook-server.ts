import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedDelivery {
  readonly signature: string;
  readonly body: string;
  readonly event: { readonly id: string; readonly type: string; readonly tenant: string; readonly data: HookData };
}

interface HookData {
  readonly keys?: readonly string[];
  readonly [name: string]: unknown;
}

/** A program that webhooks are sent to. */
export interface HookServer {
  readonly port: number;
  readonly url: string;
  readonly received: readonly ReceivedDelivery[];
  /** What it answers from now on; `'nothing'` leaves the sender waiting. */
  answer: number | 'nothing';
  close(): Promise<void>;
}

export async function startHookServer(atPort = 0): Promise<HookServer> {
  const received: ReceivedDelivery[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      received.push({ signature: String(request.headers['larder-signature']), body, event: JSON.parse(body) });
      if (hook.answer !== 'nothing') response.writeHead(hook.answer).end();
    });
  }).listen(atPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hook: HookServer = {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer: 204,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return hook;
}
