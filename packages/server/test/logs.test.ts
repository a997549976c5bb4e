import { afterEach, describe, expect, it } from 'vitest';
import { logLevels } from '../src/logger.js';
import { storeInTrouble } from './live-answers/store-in-trouble.js';
import { type AppInProcess, startApp } from './support/app-in-process.js';
import { httpClient } from './support/http-client.js';
import { rawRequest } from './support/raw-request.js';
import { apiKey, startService } from './support/service-process.js';

/** Each in a place of its own, so that a leak says where it is from. */
const secrets = {
  bearer: 'secret-in-authorization-0123456789',
  ownField: 'secret-in-x-api-key-0123456789',
  cookie: 'secret-in-cookie',
  query: 'secret-in-query',
  body: 'secret-in-body',
  key: 'secret-in-key',
  tag: 'secret-in-tag',
};
const everywhere = new RegExp([...Object.values(secrets), apiKey].join('|'));

/** Requests of every kind, answered and refused, with something to hide in all places. */
async function sendSecrets(port: number): Promise<void> {
  const client = httpClient(port);
  const cookie = { Cookie: `session=${secrets.cookie}` };
  const json = { ...cookie, 'Content-Type': 'application/json' };
  const envelope = { value: secrets.body, tags: [secrets.tag] };
  const operations = [
    { op: 'set', key: secrets.key, ...envelope },
    { op: 'get', key: secrets.key },
    { op: secrets.body },
  ];
  const calls: readonly (readonly [string, string, { body?: string; headers: Record<string, string> }])[] = [
    ['PUT', `/v1/cache/${secrets.key}?token=${secrets.query}`, { body: secrets.body, headers: cookie }],
    ['GET', `/v1/cache/${secrets.key}?token=${secrets.query}`, { headers: cookie }],
    ['GET', `/v1/cache/${secrets.key}`, { headers: { ...cookie, Authorization: `Bearer ${secrets.bearer}` } }],
    ['GET', `/v1/cache/${secrets.key}`, { headers: { ...cookie, 'X-API-Key': secrets.ownField } }],
    ['POST', `/v1/cache/${secrets.key}`, { body: JSON.stringify(envelope), headers: json }],
    ['POST', `/v1/cache/${secrets.key}`, { body: `{"${secrets.body}": 1}`, headers: json }],
    ['POST', `/v1/cache/${secrets.key}`, { body: secrets.body, headers: json }],
    ['PATCH', `/v1/cache/${secrets.key}`, { body: JSON.stringify({ ttl: secrets.body }), headers: json }],
    ['POST', `/v1/cache/${secrets.key}/increment`, { headers: cookie }],
    ['POST', '/v1/batch', { body: JSON.stringify({ operations }), headers: json }],
    ['GET', `/v1/keys?prefix=${secrets.query}&limit=${secrets.query}`, { headers: cookie }],
    ['GET', `/v1/keys?match=${secrets.query}*&cursor=${secrets.query}`, { headers: cookie }],
    ['DELETE', `/v1/cache/${secrets.key}`, { headers: cookie }],
    ['GET', `/${secrets.key}`, { headers: cookie }],
  ];
  for (const [method, path, options] of calls) await client.send(method, path, options);
  client.close();
  await rawRequest(port, `GET /${secrets.query} BROKEN\r\nCookie: ${secrets.cookie}\r\n\r\n`);
  await rawRequest(port, `GET http://${secrets.query}/ HTTP/1.1\r\nHost: ${secrets.query}\r\n\r\n`);
}

describe('log lines', () => {
  let app: AppInProcess | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  describe.each(logLevels)('at level %s', (logLevel) => {
    it.each([true, false])('never hold a secret, with the access log %s', async (accessLog) => {
      const { store, become } = storeInTrouble();
      app = await startApp({ store, logLevel, observation: { accessLog } });
      await sendSecrets(app.port);
      for (const trouble of ['full', 'slow', 'down'] as const) {
        become(trouble);
        await sendSecrets(app.port);
      }
      expect(app.log.filter((line) => everywhere.test(line))).toEqual([]);
      const writesOfErrors = logLevel !== 'silent';
      expect(app.log.some((line) => line.includes('a request failed'))).toBe(writesOfErrors);
      const writesOfAnswers = logLevel === 'debug' || (accessLog && logLevel === 'info');
      expect(app.log.some((line) => line.includes('"message":"answered"'))).toBe(writesOfAnswers);
    });
  });

  it('of a whole process hold none either, on stdout and stderr', async () => {
    const service = await startService('memory:', {
      environment: { LARDER_LOG_LEVEL: 'debug', LARDER_ACCESS_LOG: 'on' },
    });
    await sendSecrets(service.port);
    await service.stop();
    expect(service.output()).toContain('"message":"answered"');
    expect(service.output()).not.toMatch(everywhere);
  });

  it('of the access log say who asked for what, how it ended, and what it took', async () => {
    let time = 0;
    app = await startApp({ observation: { accessLog: true, stopwatch: () => (time += 1.5) } });
    const { text, id } = await app.apiKeyRecords.create(
      { tenant: 'default', name: 'x', scopes: ['cache:read'] },
      app.clock.now(),
    );
    await app.tenant.entries.setEntry('k', Buffer.from('value'), { ttl: '1h' });
    // The second is of a key that is recognised by then, and takes the shorter way.
    for (let count = 0; count < 2; count++) {
      await app.client.send('GET', '/v1/cache/k', { headers: { Authorization: `Bearer ${text}` } });
    }
    await app.client.send('GET', '/v1/cache/k', { headers: { Authorization: 'Bearer wrong' } });
    const lines = app.log.map((line) => JSON.parse(line));
    const answered = {
      time: expect.any(String),
      level: 'info',
      message: 'answered',
      requestId: expect.any(String),
      method: 'GET',
      route: 'entry',
      milliseconds: 1.5,
    };
    const read = { ...answered, status: 200, bytes: 5, tenant: 'default', keyId: id };
    expect(lines).toEqual([read, read, { ...answered, status: 401, bytes: expect.any(Number) }]);
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(3);
  });
});
