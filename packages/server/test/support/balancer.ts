import { request } from 'node:http';
import { type Answer, type Client, httpClient } from './http-client.js';

/** Sends each request to one of several services that said a moment ago that they are ready, and never sends it twice. */
export interface Balancer extends Client {
  readonly ready: readonly number[];
}

const pollInterval = 100;

export function balancerOf(ports: readonly number[]): Balancer {
  const clients = new Map(ports.map((port) => [port, httpClient(port)]));
  let ready: readonly number[] = [];
  let turn = 0;
  let isClosed = false;

  async function poll(): Promise<void> {
    while (!isClosed) {
      const found = await Promise.all(ports.map(async (port) => ((await isReady(port)) ? port : undefined)));
      ready = found.filter((port) => port !== undefined);
      await new Promise((resolve) => setTimeout(resolve, pollInterval));
    }
  }
  void poll();

  return {
    get ready() {
      return ready;
    },
    async send(method, path, options): Promise<Answer> {
      const port = ready[turn++ % ready.length];
      const client = port === undefined ? undefined : clients.get(port);
      if (client === undefined) throw new Error('No service is ready.');
      return client.send(method, path, options);
    },
    close() {
      isClosed = true;
      for (const client of clients.values()) client.close();
    },
  };
}

/** Each time by a connection of its own, as balancers ask. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', agent: false, timeout: 1_000 });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}
