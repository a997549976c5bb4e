import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HookServer, startHookServer } from '../../support/hook-server.js';
import { httpClient } from '../../support/http-client.js';
import { type ServiceProcess, startService } from '../../support/service-process.js';

let folder: string;
let hook: HookServer;
let service: ServiceProcess;
const start = () => startService(`lmdb:${folder}`, { environment: { LARDER_WEBHOOKS_ALLOW_LOOPBACK: 'true' } });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-webhooks-'));
  hook = await startHookServer();
  service = await start();
});
afterEach(async () => {
  await service.kill();
  await hook.close();
  await rm(folder, { recursive: true, force: true });
});

const keysOf = () => hook.received.flatMap(({ event }) => event.data.keys ?? []);

describe('a delivery', () => {
  it('that waits outlives kill -9 of the service', async () => {
    hook.answer = 503;
    const client = httpClient(service.port);
    await client.send('POST', '/admin/v1/webhooks', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ tenant: 'default', url: hook.url, events: ['expiry'] }),
    });
    await client.send('PUT', '/v1/cache/brief?ttl=1', { body: 'x' });
    await expect.poll(keysOf, { timeout: 15_000 }).toEqual(['brief']);
    const id = hook.received[0]?.event.id;
    await service.kill();
    client.close();
    hook.answer = 204;
    service = await start();
    await expect.poll(() => hook.received.length, { timeout: 25_000 }).toBe(2);
    expect(hook.received[1]?.event).toMatchObject({ id, data: { keys: ['brief'] } });
  });

  it('of what expired while the service was down is sent when it is up again', async () => {
    const client = httpClient(service.port);
    await client.send('POST', '/admin/v1/webhooks', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ tenant: 'default', url: hook.url, events: ['expiry'] }),
    });
    await client.send('PUT', '/v1/cache/brief?ttl=1', { body: 'x' });
    await service.kill();
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    service = await start();
    await expect.poll(keysOf, { timeout: 15_000 }).toEqual(['brief']);
  });
});
