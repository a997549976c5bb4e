import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A port of the loopback interface where nobody listens. Below 32,768, where the system takes the ports of outgoing
 * connections from, and not in the last 10,000 that a cluster's bus would need.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
  throw new Error('There is no free port.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return (server.address() as AddressInfo).port === port;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
