import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { type AbusedService, startAbusedService } from './support/abused-service.js';
import { attack, head } from './support/attacker.js';

interface Oversized {
  readonly what: string;
  readonly bytes: string;
  readonly status: number;
  readonly code: string | undefined;
}

const mebibyte = 1_024 * 1_024;
const x = (count: number) => 'x'.repeat(count);
const fields = (count: number) => Array.from({ length: count }, (_, at) => `X-${at}: 1\r\n`).join('');
const bodied = (line: string, body: string, type = 'application/json') =>
  `${line} HTTP/1.1\r\n${head}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunked = (line: string, chunks: string, type = 'text/plain') =>
  `${line} HTTP/1.1\r\n${head}Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
const chunk = (size: number) => `${size.toString(16)}\r\n${x(size)}\r\n`;
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
const refused = (what: string, bytes: string, status: number, code: string): Oversized => ({
  ...{ what, bytes, status, code },
});
const taken = (what: string, bytes: string, status: number): Oversized => ({ what, bytes, status, code: undefined });
const operations = (list: string) => bodied('POST /v1/batch', `{"operations": [${list}]}`);

const oversized: readonly Oversized[] = [
  // Heads
  refused('a request line', `GET /v1/cache/${x(9_000)} HTTP/1.1\r\n${head}\r\n`, 431, 'header_too_large'),
  refused('a query', `GET /v1/keys?match=${x(9_000)} HTTP/1.1\r\n${head}\r\n`, 431, 'header_too_large'),
  refused('a method', `${x(9_000)} / HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_request'),
  refused('one field', `GET /livez HTTP/1.1\r\n${head}X: ${x(9_000)}\r\n\r\n`, 431, 'header_too_large'),
  refused("one field's name", `GET /livez HTTP/1.1\r\n${head}${x(9_000)}: 1\r\n\r\n`, 431, 'header_too_large'),
  refused('101 fields', `GET /v1/cache/k HTTP/1.1\r\n${head}${fields(99)}\r\n`, 431, 'header_too_large'),
  refused('2,500 empty fields', `GET /livez HTTP/1.1\r\n${head}${'a:\r\n'.repeat(2_500)}\r\n`, 431, 'header_too_large'),
  refused('fields of 9 KiB together', `GET /livez HTTP/1.1\r\n${head}${fields(1_500)}\r\n`, 431, 'header_too_large'),
  taken('100 fields', `GET /livez HTTP/1.1\r\n${head}${fields(98)}\r\n`, 200),
  refused('a head that does not end', `GET /livez HTTP/1.1\r\n${fields(100_000)}`, 431, 'header_too_large'),
  refused('a key', `GET /v1/cache/${x(513)} HTTP/1.1\r\n${head}\r\n`, 414, 'key_too_long'),
  refused(
    'an API key',
    `GET /v1/cache/k HTTP/1.1\r\nHost: l\r\nX-API-Key: ${x(7_000)}\r\n\r\n`,
    401,
    'unauthenticated',
  ),
  refused('a cursor', `GET /v1/keys?cursor=${x(7_000)} HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_cursor'),
  refused('a pattern', `GET /v1/keys?match=${'*a'.repeat(300)} HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_request'),
  refused('a limit', `GET /v1/keys?limit=${'9'.repeat(7_000)} HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_request'),
  refused('a time to live', `PUT /v1/cache/k?ttl=${'9'.repeat(7_000)} HTTP/1.1\r\n${head}\r\n`, 400, 'invalid_ttl'),
  refused(
    'many parameters that are the same',
    `GET /v1/keys?${'a&'.repeat(3_000)} HTTP/1.1\r\n${head}\r\n`,
    400,
    'invalid_request',
  ),
  // Bodies
  refused('a value', bodied('PUT /v1/cache/k', x(mebibyte + 1), 'text/plain'), 413, 'value_too_large'),
  refused('a value in chunks', chunked('PUT /v1/cache/k', chunk(mebibyte) + chunk(1)), 413, 'value_too_large'),
  refused(
    'a value of which only the announcement comes',
    `PUT /v1/cache/k HTTP/1.1\r\n${head}Content-Length: 99999999999999\r\n\r\n`,
    413,
    'value_too_large',
  ),
  refused(
    'a length beyond all numbers',
    `PUT /v1/cache/k HTTP/1.1\r\n${head}Content-Length: ${'9'.repeat(400)}\r\n\r\n`,
    400,
    'invalid_request',
  ),
  refused('a chunk size', chunked('PUT /v1/cache/k', `${'f'.repeat(40)}\r\n`), 400, 'invalid_request'),
  refused('chunk extensions', chunked('PUT /v1/cache/k', `1;${x(20_000)}\r\nx\r\n0\r\n\r\n`), 413, 'value_too_large'),
  taken(
    'all chunk extensions together',
    chunked('PUT /v1/cache/ends', `${`1;${x(200)}\r\nx\r\n`.repeat(5_000)}0\r\n\r\n`),
    201,
  ),
  refused('trailers', chunked('PUT /v1/cache/k', `1\r\nx\r\n0\r\nX: ${x(9_000)}\r\n\r\n`), 431, 'header_too_large'),
  refused('an envelope', bodied('POST /v1/cache/k', `{"value": "${x(2 * mebibyte)}"}`), 413, 'value_too_large'),
  refused(
    'a value in an envelope',
    bodied('POST /v1/cache/k', `{"value": "${x(mebibyte + 1)}"}`),
    413,
    'value_too_large',
  ),
  refused('a touch', bodied('PATCH /v1/cache/k', `{"ttl": 1${' '.repeat(5_000)}}`), 413, 'value_too_large'),
  refused(
    'an increment',
    bodied('POST /v1/cache/k/increment', `{"by": 1${' '.repeat(5_000)}}`),
    413,
    'value_too_large',
  ),
  refused('a batch', bodied('POST /v1/batch', x(8 * mebibyte + 1)), 413, 'value_too_large'),
  refused('a batch of 101', operations(Array(101).fill('{"op": "get", "key": "k"}').join()), 400, 'invalid_body'),
  refused('a batch of 100,000', operations(Array(100_000).fill('0').join()), 400, 'invalid_body'),
  refused(
    '65 tags',
    bodied('POST /v1/cache/k', `{"value": 1, "tags": [${Array(65).fill('"t"')}]}`),
    400,
    'invalid_body',
  ),
  refused('a tag', bodied('POST /v1/cache/k', `{"value": 1, "tags": ["${x(257)}"]}`), 400, 'invalid_body'),
  refused('an API key to make', bodied('POST /admin/v1/tenants', `{"id": "${x(70_000)}"}`), 400, 'invalid_body'),
  // Nesting
  taken('a value of nested lists', bodied('POST /v1/cache/deep', `{"value": ${deep('[', ']')}}`), 201),
  taken(
    'a value of nested objects',
    bodied('POST /v1/cache/deep', `{"value": ${deep('{"a":', '}').replace(':}', ':1}')}}`),
    200,
  ),
  refused('nested lists without an end', bodied('POST /v1/cache/k', '['.repeat(100_000)), 400, 'invalid_body'),
  refused('an envelope that is a nested list', bodied('POST /v1/cache/k', deep('[', ']')), 400, 'invalid_body'),
  refused(
    'nesting around __proto__',
    bodied('POST /v1/cache/k', `{"value": ${'['.repeat(100_000)}{"__proto__": 1}${']'.repeat(100_000)}}`),
    400,
    'invalid_body',
  ),
  refused('nested tags', bodied('POST /v1/cache/k', `{"value": 1, "tags": ${deep('[', ']')}}`), 400, 'invalid_body'),
  refused(
    'nested indexes',
    bodied('POST /v1/cache/k', `{"value": 1, "indexes": ${deep('[', ']')}}`),
    400,
    'invalid_body',
  ),
  refused(
    'a nested time to live',
    bodied('POST /v1/cache/k', `{"value": 1, "ttl": ${deep('[', ']')}}`),
    400,
    'invalid_ttl',
  ),
  refused('a nested batch', bodied('POST /v1/batch', deep('[', ']')), 400, 'invalid_body'),
  refused(
    'a batch with nested operations',
    bodied('POST /v1/batch', `{"operations": {"a": ${deep('[', ']')}}}`),
    400,
    'invalid_body',
  ),
  taken('a nested operation', operations(deep('[', ']')), 200),
  taken('a nested key', operations(`{"op": "get", "key": ${deep('[', ']')}}`), 200),
  taken('a nested increment', operations(`{"op": "increment", "key": "k", "by": ${deep('[', ']')}}`), 200),
  taken('a nested value in a batch', operations(`{"op": "set", "key": "deep", "value": ${deep('[', ']')}}`), 200),
  refused('a touch with brackets', bodied('PATCH /v1/cache/k', '['.repeat(4_000)), 400, 'invalid_body'),
  refused('an increment with brackets', bodied('POST /v1/cache/k/increment', '['.repeat(4_000)), 400, 'invalid_body'),
  refused('a nested tenant', bodied('POST /admin/v1/tenants', `{"id": ${deep('[', ']')}}`), 400, 'invalid_body'),
];

describe.concurrent('what is larger than anybody needs', () => {
  let service: AbusedService;
  let before: number;
  beforeAll(async () => {
    service = await startAbusedService();
    await service.expectWell();
    before = service.memory();
  });
  afterAll(async () => {
    await service.expectWell();
    expect(service.memory() - before).toBeLessThan(400);
    await service.stop();
  });

  it.each(oversized)('$what: $status $code', async ({ bytes, status, code }) => {
    const response = await rawRequest(service.port, Buffer.from(bytes, 'latin1'));
    expect([response.status, code && JSON.parse(response.body).code]).toEqual([status, code]);
    expect(response.body).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules|RangeError/);
  });

  it('a value that was nested 100,000 deep is read as it was written, plain and within its envelope', async () => {
    const value = deep('[', ']');
    const body = `{"value": ${value}}`;
    const json = { 'Content-Type': 'application/json' };
    expect((await service.polite.send('POST', '/v1/cache/abyss', { body, headers: json })).status).toBe(201);
    expect((await service.polite.send('GET', '/v1/cache/abyss')).body.toString()).toBe(value);
    const headers = { Accept: 'application/vnd.larder.entry+json' };
    expect((await service.polite.send('GET', '/v1/cache/abyss', { headers })).body.toString()).toContain(value);
  });

  it('a batch of a hundred reads of a megabyte is answered up to 8 MiB', async () => {
    await service.polite.send('PUT', '/v1/cache/large', { body: Buffer.alloc(mebibyte, 'x') });
    const reads = Array.from({ length: 99 }, () => ({ op: 'get', key: 'large' }));
    const body = JSON.stringify({ operations: [...reads, { op: 'set', key: 'behind', value: 1 }] });
    const answer = await service.polite.send('POST', '/v1/batch', {
      body,
      headers: { 'Content-Type': 'application/json' },
    });
    expect(answer.body.length).toBeLessThan(8.1 * mebibyte);
    const results = JSON.parse(answer.body.toString()).results.map(({ status }: { status: number }) => status);
    expect(results).toEqual([...Array(5).fill(200), ...Array(94).fill(413), 201]);
  });
});

describe('what is no request', () => {
  let service: AbusedService;
  beforeAll(async () => {
    service = await startAbusedService();
  });
  afterAll(async () => {
    await service.expectWell();
    await service.stop();
  });

  const put = `PUT /v1/cache/k HTTP/1.1\r\n${head}Content-Length: 1\r\n\r\nx`;

  it.each([
    ['garbage', '\x00\x01\x02\xff garbage\r\n\r\n'],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a second answer', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a megabyte of line breaks and then garbage', `${'\r\n'.repeat(500_000)}\x00`],
  ])('%s behind requests is answered with 400 behind their answers, and is the end', async (_what, garbage) => {
    for (let turn = 0; turn < 20; turn++) {
      const one = await attack(service.port, Buffer.from(put.repeat(20) + garbage + put, 'latin1'));
      await one.ended;
      const statuses = one.statuses();
      expect(statuses.slice(0, 20).every((status) => status === 201 || status === 204)).toBe(true);
      expect(statuses.slice(20)).toEqual([400]);
    }
  });

  it('garbage alone is answered with 400 on hundreds of connections', async () => {
    const all = await Promise.all(Array.from({ length: 300 }, () => attack(service.port, '\x00\x01garbage')));
    for (const one of all) {
      await one.ended;
      expect(one.statuses()).toEqual([400]);
    }
  });

  it('a request to become another protocol is answered as any other request, and is the end', async () => {
    const upgrade = `GET /v1/cache/absent HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    const one = await attack(service.port, upgrade + put);
    await one.ended;
    expect(one.statuses()).toEqual([404]);
  });

  it('a request for a tunnel is refused with 400, and is the end', async () => {
    const one = await attack(service.port, `CONNECT internal:443 HTTP/1.1\r\n${head}\r\n${put}`);
    await one.ended;
    expect([one.statuses(), one.received()]).toEqual([[400], expect.stringContaining('"code":"invalid_request"')]);
  });

  it('clients that leave in the middle of things leave nothing behind', async () => {
    const files = service.openFiles();
    for (let turn = 0; turn < 300; turn++) {
      const one = await attack(service.port, put.repeat(5) + put.slice(0, turn % put.length));
      if (turn % 2 === 0) one.socket.resetAndDestroy();
      else one.socket.destroy();
    }
    await expect.poll(() => service.openFiles(), { timeout: 10_000 }).toBeLessThanOrEqual(files + 1);
  });
});
