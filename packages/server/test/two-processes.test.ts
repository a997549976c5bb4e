import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../cache/test/servers/redis.js';
import { type Answer, type Client, httpClient } from './support/http-client.js';
import { type ServiceProcess, startService } from './support/service-process.js';

describe.skipIf(redisIsMissing !== undefined)(`two processes of the service on one Redis${ifRedis}`, () => {
  let redis: RedisServer;
  let services: ServiceProcess[];
  let clients: Client[];

  beforeAll(async () => {
    redis = await startRedis();
    services = await Promise.all([startService(redis.url), startService(redis.url)]);
    clients = services.map(({ port }) => httpClient(port));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(services.map((service) => service.stop()));
    await redis.stop();
  });

  /** The same request 100 times at once, half of them to each process. */
  const race = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        (clients[at % 2] as Client).send('POST', path, {
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', ...headers },
        }),
      ),
    );
  const ofStatus = (answers: readonly Answer[], wanted: number) => answers.filter(({ status }) => status === wanted);
  const bodyOf = ({ body }: Answer) => JSON.parse(body.toString());

  it('a lock has one winner of 100, ten times over, and its fencing numbers rise', async () => {
    const path = `/v1/locks/${randomUUID()}`;
    let last = 0;
    for (let round = 0; round < 10; round++) {
      const answers = await race(path, { ttl: 30 });
      const [winner, second] = ofStatus(answers, 201);
      expect([second, ofStatus(answers, 409).length]).toEqual([undefined, 99]);
      const { token, fencingToken } = bodyOf(winner as Answer);
      expect(fencingToken).toBeGreaterThan(last);
      last = fencingToken;
      const other = clients[round % 2] as Client;
      expect((await other.send('DELETE', path, { headers: { 'If-Match': `"${token}"` } })).status).toBe(204);
    }
  });

  it('of 100 increments with one Idempotency-Key one counts, ten times over', async () => {
    const path = `/v1/cache/${randomUUID()}/increment`;
    for (let round = 1; round <= 10; round++) {
      const answers = await race(path, {}, { 'Idempotency-Key': randomUUID() });
      const done = ofStatus(answers, 200);
      expect(done.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
      for (const answer of done) expect(bodyOf(answer)).toEqual({ value: round });
      const refused = ofStatus(answers, 409);
      expect(done.length + refused.length).toBe(100);
      for (const answer of refused) expect(bodyOf(answer).code).toBe('idempotency_in_flight');
    }
  });

  it('a lock that one process gave is extended by the other, and a killed one leaves it to its end', async () => {
    const path = `/v1/locks/${randomUUID()}`;
    const headers = { 'Content-Type': 'application/json' };
    const [one, other] = clients as [Client, Client];
    const { token } = bodyOf(await one.send('POST', path, { headers, body: '{"ttl": 60}' }));
    await services[0]?.kill();
    const asHolder = { headers: { ...headers, 'If-Match': `"${token}"` } };
    expect((await other.send('POST', path, { headers, body: '{"ttl": 60}' })).status).toBe(409);
    expect((await other.send('PATCH', path, { ...asHolder, body: '{"ttl": 90}' })).status).toBe(200);
    expect((await other.send('DELETE', path, asHolder)).status).toBe(204);
  });
});
