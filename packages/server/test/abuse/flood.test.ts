import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeTenant } from '../isolation/rows/tenancy.js';
import { windowSecondsFarFromEnd } from '../support/flood.js';
import { type Client, httpClient } from '../support/http-client.js';
import { type AbusedService, startAbusedService } from './support/abused-service.js';
import { attack, quantile } from './support/attacker.js';
import { type Flood, startFlood } from './support/flood.js';

const turns = 9;
const requestsOfTurn = 200;

describe('a flood above the rate limit of one tenant', () => {
  let service: AbusedService;
  let polite: Client;
  let flooder: string;
  beforeAll(async () => {
    service = await startAbusedService();
    const burst = { requests: 100, seconds: windowSecondsFarFromEnd(Date.now()) };
    await makeTenant(service.polite, 'flooder', { burst });
    await makeTenant(service.polite, 'polite', { burst: { ...burst, requests: 1_000_000 } });
    flooder = (await makeKey(service.polite, 'flooder')).key;
    polite = httpClient(service.port, (await makeKey(service.polite, 'polite')).key);
    await polite.send('PUT', '/v1/cache/k', { body: 'v' });
    await measure(1_000);
  });
  afterAll(async () => {
    polite?.close();
    await service?.stop();
  });

  it.each([64, 256])(
    'on %i connections leaves the p99 of a polite one within twice its quiet figure',
    async (connections) => {
      const before = service.memory();
      const flood = await startFlood(service.port, flooder, connections);
      try {
        const quiet: number[] = [];
        const beside: number[] = [];
        // In turns, and the median of them, so that what else the machine does is in both, or in neither.
        for (let turn = 0; turn < turns; turn++) {
          await flood.pause();
          quiet.push(quantile(await measure(requestsOfTurn), 0.99));
          flood.resume();
          await inFullSwing();
          beside.push(quantile(await measure(requestsOfTurn), 0.99));
        }
        const [usual, flooded] = [quiet, beside].map(median);
        console.log(
          `${connections} connections: p99 ${usual?.toFixed(2)} ms, ${flooded?.toFixed(2)} ms beside the flood`,
        );
        expect(flooded).toBeLessThan(2 * (usual ?? 0));
        expectDenied(flood, connections);
        await service.expectWell();
        expect(service.memory() - before).toBeLessThan(100);
      } finally {
        flood.stop();
      }
    },
    90_000,
  );

  it('that sends a hundred thousand requests ahead on each connection fills no memory', async () => {
    const before = service.memory();
    const request = `GET /v1/cache/absent HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${flooder}\r\n\r\n`;
    const many = Buffer.from(request.repeat(100_000), 'latin1');
    const connections = await Promise.all(Array.from({ length: 50 }, () => attack(service.port, many)));
    let most = 0;
    for (let turn = 0; turn < 30; turn++) {
      await measure(50);
      await service.expectWell();
      most = Math.max(most, service.memory() - before);
    }
    expect(most).toBeLessThan(500);
    for (const { socket, statuses } of connections) {
      socket.destroy();
      expect(statuses().length).toBeGreaterThan(0);
      expect(statuses().length).toBeLessThan(200);
    }
    await service.expectWell();
  }, 60_000);

  /** It sends as fast as it is answered: each of its connections was denied, and denied late. */
  function expectDenied({ denied, admitted, seconds }: Flood, connections: number): void {
    expect(denied()).toBeGreaterThan(connections);
    expect(admitted()).toBeLessThanOrEqual(100);
    expect(denied() / seconds()).toBeLessThan(500);
  }

  async function measure(count: number): Promise<number[]> {
    const times: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      const begun = performance.now();
      const { status } = await polite.send('GET', '/v1/cache/k');
      times.push(performance.now() - begun);
      if (status !== 200) throw new Error(`The polite one was answered with ${status}.`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return times.sort((one, other) => one - other);
  }
});

function median(figures: readonly number[]): number {
  return quantile(
    [...figures].sort((one, other) => one - other),
    0.5,
  );
}

function inFullSwing(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}
