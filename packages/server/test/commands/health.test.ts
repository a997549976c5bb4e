import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startService } from '../support/service-process.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function health(environment: Record<string, string>): Promise<Ended> {
  const cwd = await mkdtemp(`${tmpdir()}/larder-health-`);
  onTestFinished(() => rm(cwd, { recursive: true }));
  const options = { cwd, env: { PATH: process.env.PATH, ...environment }, timeout: 20_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'health'], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('larder health', () => {
  it.each(['127.0.0.1', '0.0.0.0', 'localhost'])('finds the service that listens on %s alive', async (host) => {
    const service = await startService('memory:');
    onTestFinished(() => service.kill());
    const answer = await health({ LARDER_PORT: String(service.port), LARDER_HOST: host });
    expect(answer).toEqual({ code: 0, out: 'alive\n', err: '' });
  });

  it('says that nobody listens', async () => {
    const port = await freePort();
    const { code, err } = await health({ LARDER_PORT: String(port) });
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^The service on 127\\.0\\.0\\.1, port ${port}, is not alive: .*ECONNREFUSED`));
  });

  it('asks for /livez, and takes nothing but 200 for life', async () => {
    const asked: string[] = [];
    const port = await listen(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.writeHead(503).end();
    });
    const { code, err } = await health({ LARDER_PORT: String(port) });
    expect([code, asked]).toEqual([1, ['GET /livez']]);
    expect(err).toContain('is not alive: 503');
  });

  it('waits two seconds for a service that hangs', async () => {
    const port = await listen(() => {});
    const { code, err } = await health({ LARDER_PORT: String(port) });
    expect(code).toBe(1);
    expect(err).toContain('no answer within 2000 ms');
  });

  it('says in a line what of its settings cannot be used', async () => {
    const { code, err } = await health({ LARDER_PORT: 'eighty' });
    expect(code).toBe(1);
    expect(err).toMatch(/^LARDER_PORT cannot be used: .*\n$/);
  });
});
