import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { seededRandom } from '@larder/cache/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, type ServiceProcess, startService } from './support/service-process.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_121);
const requests = 10_000;
const inFlight = 32;
const random = seededRandom(seed);

const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
const maybe = (chance: number) => random() < chance;

const pieces = [
  'a',
  'k',
  '%41',
  '%00',
  '%ff',
  '%C3%A9',
  '..',
  '%2e',
  '/',
  '%2F',
  '?',
  '&',
  '=',
  '#',
  ':',
  '{}',
  '\x7f',
  'é',
  '+',
  '*',
  '~',
];
const paths = [
  '/v1/cache/',
  '/cache/',
  '/v1/b64/',
  '/v1/keys',
  '/v1/batch',
  '/v1/stats',
  '/livez',
  '/readyz',
  '/metrics',
  '/',
  '//',
  '',
];
const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'X', ''];
const fields = [
  'Content-Type: application/json',
  'Content-Type: text/plain',
  'Content-Type: ;',
  'Cache-TTL: 5',
  'Cache-TTL: -1',
  'If-Match: *',
  'If-Match: "a", W/"b"',
  'If-None-Match: *',
  'If-None-Match: x',
  'Accept: application/vnd.larder.entry+json',
  'Expect: 100-continue',
  'Content-Encoding: gzip',
  'X-API-Key: x',
  'Host: other',
  'Connection: close',
  'Upgrade: websocket',
  ': nothing',
  'No-Colon',
  'Folded: a\r\n b',
];
const bodies = [
  '',
  '{',
  '{}',
  '[]',
  'null',
  '{"value": 1, "ttl": 5}',
  '{"valueBase64": "eA==", "tags": ["t"]}',
  '{"ttl": 5}',
  '{"by": 1}',
  '{"operations": [{"op": "get", "key": "a"}, {"op": "set", "key": "b", "value": 1}, {"op": "increment", "key": "c"}]}',
  '{"operations": [{"op": "__proto__", "key": "a"}]}',
  '{"__proto__": 1}',
  '[[[[[[[[[[[[[[[[',
];

function randomRequest(): Buffer {
  const text = Array.from({ length: below(6) }, () => pick(pieces)).join('');
  const suffix = maybe(0.2) ? pick(['/exists', '/increment', '?ttl=1', '?ttl=x', '?limit=2', '?match=*']) : '';
  const body = maybe(0.05)
    ? String.fromCharCode(...Array.from({ length: below(200) }, () => below(256)))
    : pick(bodies);
  const lines = [
    `${pick(methods)} ${pick(paths)}${text}${suffix} HTTP/${maybe(0.95) ? '1.1' : pick(['1.0', '2.0', '9'])}`,
  ];
  if (maybe(0.95)) lines.push('Host: larder');
  if (maybe(0.9)) lines.push(`Authorization: Bearer ${apiKey}`);
  for (let count = below(3); count > 0; count--) lines.push(pick(fields));
  if (maybe(0.9)) lines.push(`Content-Length: ${maybe(0.97) ? body.length : below(300)}`);
  else if (maybe(0.5)) lines.push('Transfer-Encoding: chunked');
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  if (maybe(0.1) && bytes.length > 0) bytes[below(bytes.length)] = below(256);
  return bytes;
}

/** The status of the first answer, or `undefined` where the service waited for more or closed without a word. */
async function statusOf(port: number, bytes: Buffer): Promise<number | undefined> {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    received += data.toString('latin1');
  });
  await once(socket, 'connect');
  // The end of what is sent makes a request that promised more fail at once, instead of at its deadline.
  socket.end(bytes);
  const closed = once(socket, 'close').then(() => true);
  const timer = setTimeout(() => socket.destroy(new Error('hangs')), 20_000);
  await closed;
  clearTimeout(timer);
  if (socket.errored?.message === 'hangs')
    throw new Error(`No end within 20 s, seed ${seed}: ${bytes.toString('latin1')}`);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
  return status === undefined ? undefined : Number(status);
}

describe(`ten thousand random requests (seed ${seed})`, () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await startService('memory:');
  });
  afterAll(() => service.stop());

  it('end without a 5xx, a hang or a crash', async () => {
    const statuses = new Map<number | undefined, number>();
    let sent = 0;
    const worker = async () => {
      while (sent < requests) {
        sent++;
        const bytes = randomRequest();
        const status = await statusOf(service.port, bytes);
        if (status !== undefined && status >= 500)
          throw new Error(`${status} for ${JSON.stringify(bytes.toString('latin1'))}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    expect(service.child.exitCode).toBeNull();
    const livez = await fetch(`${service.base}/livez`);
    expect(livez.status).toBe(200);
    // A fuzz that only ever meets one refusal would prove nothing.
    for (const status of [200, 201, 204, 400, 401, 404, 405]) expect(statuses.get(status) ?? 0).toBeGreaterThan(10);
  }, 120_000);
});
