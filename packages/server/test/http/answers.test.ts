import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { apiKey } from '../support/service-process.js';

let app: AppInProcess;
afterEach(() => app.close());

it('small answers to many requests in a row arrive whole and in order, also at a reader who begins late', async () => {
  app = await startApp({ memory: { values: 'share' } });
  const keys = Array.from({ length: 2_000 }, (_, at) => `k${at % 7}`);
  const bodyOf = (key: string) => `<${key}>`.repeat(500);
  for (const key of new Set(keys)) await app.client.send('PUT', `/v1/cache/${key}`, { body: bodyOf(key) });

  const requests = keys.map(
    (key, at) =>
      `GET /v1/cache/${key} HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\n` +
      `${at === keys.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
  );
  const received = await new Promise<string>((resolve, reject) => {
    const socket = connect({ port: app.port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.pause();
    socket.on('error', reject);
    socket.on('data', (data) => chunks.push(data));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
    // By the time that all requests are sent, the answers fill every buffer on the way.
    socket.write(requests.join(''), () => socket.resume());
  });
  const bodies = received.split('HTTP/1.1 200 OK\r\n').slice(1);
  expect(bodies.map((answer) => answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual(keys.map(bodyOf));
});
