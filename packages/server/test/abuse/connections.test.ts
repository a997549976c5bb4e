import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AbusedService, startAbusedService } from './support/abused-service.js';
import { type Attacker, attack, drip, head, latencies, quantile } from './support/attacker.js';

const headTimeout = 4_000;
const requestTimeout = 6_000;
/** Node looks for overdue requests once a second, and the machine may have other things to do. */
const late = 6_000;

const attackers = (count: number, port: number, bytes = '') =>
  Promise.all(Array.from({ length: count }, () => attack(port, bytes)));

describe.concurrent('connections that come to nothing', () => {
  let service: AbusedService;
  let before: number;
  beforeAll(async () => {
    service = await startAbusedService({ headTimeout, requestTimeout });
    before = service.memory();
  });
  afterAll(async () => {
    await service.expectWell();
    expect(service.memory() - before).toBeLessThan(150);
    await service.stop();
  });

  it('heads that come a byte at a time are answered with 408 at the deadline, on hundreds of connections', async () => {
    const slow = await attackers(300, service.port, `GET /v1/cache/k HTTP/1.1\r\n${head}X-Slow: `);
    for (const one of slow) drip(one, 'x', 500);
    await service.expectWell();
    await expectTimeout(slow, headTimeout);
  }, 40_000);

  it('bodies that come a byte at a time are answered with 408 at the deadline, and nothing is written', async () => {
    const slow = await attackers(
      300,
      service.port,
      `PUT /v1/cache/slow HTTP/1.1\r\n${head}Content-Length: 1000\r\n\r\nabc`,
    );
    for (const one of slow) drip(one, 'x', 500);
    await service.expectWell();
    await expectTimeout(slow, requestTimeout);
    expect((await service.polite.send('GET', '/v1/cache/slow')).status).toBe(404);
  }, 40_000);

  it('chunks that come a byte at a time, too', async () => {
    const slow = await attackers(
      100,
      service.port,
      `PUT /v1/cache/slow HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`,
    );
    for (const one of slow) drip(one, '1\r\nx\r\n', 400);
    await expectTimeout(slow, requestTimeout);
  }, 40_000);

  it('half-closed ones end, with or without a request on them', async () => {
    const halves = await Promise.all(
      ['', 'GET /v1/ca', `PUT /v1/cache/k HTTP/1.1\r\n${head}Content-Length: 9\r\n\r\nabc`].flatMap((bytes) =>
        Array.from({ length: 100 }, () => attack(service.port, bytes)),
      ),
    );
    for (const { socket } of halves) socket.end();
    for (const { ended } of halves) expect(await ended).toBeLessThan(headTimeout);
    expect((await service.polite.send('GET', '/v1/cache/k')).status).toBe(404);
  }, 40_000);

  async function expectTimeout(slow: readonly Attacker[], deadline: number): Promise<void> {
    for (const one of slow) {
      const after = await one.ended;
      expect(after).toBeGreaterThan(deadline - 500);
      expect(after).toBeLessThan(deadline + late);
      expect([one.statuses(), one.received()]).toEqual([[408], expect.stringContaining('"code":"request_timeout"')]);
    }
  }
});

const idle = 10_000;
const needed = idle + 1_000;
const openFiles = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
const name = `${idle} idle connections change nothing for others, and are closed at the deadline of the head`;

describe('very many connections', () => {
  if (openFiles < needed) console.warn(`SKIPPED: ${name}. It takes ulimit -n ${needed}; here it is ${openFiles}.`);
  it.skipIf(openFiles < needed)(
    name,
    async () => {
      const service = await startAbusedService({ headTimeout: 15_000 });
      try {
        await service.polite.send('PUT', '/v1/cache/k', { body: 'v' });
        const request = async () => expect((await service.polite.send('GET', '/v1/cache/k')).status).toBe(200);
        const measure = async () => quantile(await latencies(500, request), 0.5);
        await measure();
        const quiet = await measure();
        const before = service.memory();
        const connections: Attacker[] = [];
        // A listening socket has room for some hundreds that were not taken yet.
        while (connections.length < idle) connections.push(...(await attackers(200, service.port)));
        const busy = [];
        for (let turn = 0; turn < 3; turn++) busy.push(await measure());
        const open = connections.filter(({ socket }) => !socket.destroyed).length;
        expect(open).toBe(idle);
        // The best of three: what else the machine does is not the service's doing.
        expect(Math.min(...busy)).toBeLessThan(2 * quiet + 0.5);
        expect(service.memory() - before).toBeLessThan(400);

        const ends = await Promise.all(connections.map(({ ended }) => ended));
        expect(Math.min(...ends)).toBeGreaterThan(14_500);
        expect(connections.every((one) => one.statuses().join() === '408')).toBe(true);
        await service.expectWell();
      } finally {
        await service.stop();
      }
    },
    90_000,
  );
});
