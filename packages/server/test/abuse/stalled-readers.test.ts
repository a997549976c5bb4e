import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AbusedService, megabyte, startAbusedService } from './support/abused-service.js';
import { type Attacker, attack, head } from './support/attacker.js';

const silenceTimeout = 3_000;
/** For those whose answers the system has taken from the service: they are idle. */
const keepAliveTimeout = 3_000;
const late = 5_000;
const unsentBytes = 32 * megabyte.length;
/** In MiB: what is unsent, what a turn of the collector leaves, and what the system has taken from it. */
const bound = 400;

const get = `GET /v1/cache/large HTTP/1.1\r\n${head}\r\n`;
const batch = JSON.stringify({ operations: Array.from({ length: 100 }, () => ({ op: 'get', key: 'large' })) });
const batchPost = `POST /v1/batch HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${batch.length}\r\n\r\n${batch}`;

async function stall(port: number, bytes: string): Promise<Attacker> {
  const one = await attack(port);
  one.socket.pause();
  one.socket.write(bytes);
  return one;
}

describe('readers that ask for megabytes and take nothing', () => {
  let service: AbusedService;
  beforeAll(async () => {
    service = await startAbusedService({ silenceTimeout, keepAliveTimeout, unsentBytes });
    expect((await service.polite.send('PUT', '/v1/cache/large', { body: megabyte })).status).toBe(201);
    await warmUp();
  });
  afterAll(() => service.stop());

  it.each([
    ['one connection with 2,000 requests ahead', 1, get.repeat(2_000)],
    ['50 connections with 200 requests ahead each', 50, get.repeat(200)],
    ['400 connections with 8 requests ahead each', 400, get.repeat(8)],
    ['10 connections with 10 batches of a hundred megabytes ahead each', 10, batchPost.repeat(10)],
  ])(
    '%s: memory stays bounded, others are served, and they are cut',
    async (_name, connections, bytes) => {
      const before = service.memory();
      const filesBefore = service.openFiles();
      const begun = performance.now();
      const stalled = await Promise.all(Array.from({ length: connections }, () => stall(service.port, bytes)));
      let most = 0;
      while (performance.now() - begun < silenceTimeout) {
        await service.expectWell();
        most = Math.max(most, service.memory() - before);
      }
      expect(most).toBeLessThan(bound);
      // A socket that is not read does not notice its end: the service's side tells.
      const patience = { timeout: silenceTimeout + late, interval: 100 };
      await expect.poll(() => service.openFiles(), patience).toBeLessThanOrEqual(filesBefore);
      for (const { socket } of stalled) socket.destroy();
      await service.expectWell();
      expect(service.memory() - before).toBeLessThan(bound);
    },
    40_000,
  );

  it('those who read slowly, but read, get all of it', async () => {
    const slow = await attack(service.port);
    slow.socket.on('data', () => {
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 40);
    });
    const begun = performance.now();
    slow.socket.write(get.repeat(10));
    const length = 10 * megabyte.length;
    await expect.poll(() => slow.received().length, { timeout: 40_000, interval: 500 }).toBeGreaterThan(length);
    expect(slow.statuses()).toEqual(Array(10).fill(200));
    // Else it would have been no test of slowness.
    expect(performance.now() - begun).toBeGreaterThan(silenceTimeout);
    slow.socket.destroy();
  }, 60_000);

  async function warmUp(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) await service.polite.send('GET', '/v1/cache/large');
  }
});
