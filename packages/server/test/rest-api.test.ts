import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Client, httpClient } from './support/http-client.js';
import { rawRequest } from './support/raw-request.js';
import { apiKey, type ServiceProcess, startService } from './support/service-process.js';

const stores: readonly { name: string; store: string; needsFolder: boolean; memory?: string }[] = [
  { name: 'memory:', store: 'memory:', needsFolder: false },
  { name: 'lmdb:', store: 'lmdb:', needsFolder: true },
  { name: 'lmdb: without memory before it', store: 'lmdb:', needsFolder: true, memory: 'off' },
  { name: 'lmdb: behind a memory that holds next to nothing', store: 'lmdb:', needsFolder: true, memory: '1kb' },
];

describe.each(stores)('the REST API on $name', ({ store, needsFolder, memory }) => {
  let folder = '';
  let service: ServiceProcess;
  let client: Client;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-rest-'));
    service = await startService(needsFolder ? `${store}${folder}` : store, { memory });
    client = httpClient(service.port);
  });
  beforeEach(() => call('DELETE', '/v1/keys?match=*'));
  afterEach(() => expect(service.child.exitCode).toBeNull());
  afterAll(async () => {
    client.close();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Answer> => client.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
  const callJson = (method: string, path: string, body: unknown) =>
    call(method, path, JSON.stringify(body), { 'Content-Type': 'application/json' });
  const json = ({ body }: Answer) => JSON.parse(body.toString());

  describe('PUT /v1/cache/{key}', () => {
    it('answers 201 where the key is new, 204 where it was there', async () => {
      const first = await call('PUT', '/v1/cache/k', 'one', { 'Content-Type': 'text/plain' });
      const second = await call('PUT', '/v1/cache/k', 'two');
      expect([first.status, second.status]).toEqual([201, 204]);
      expect(first.headers.etag).toMatch(/^"[^"]+"$/);
      expect(second.headers.etag).not.toBe(first.headers.etag);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('two');
    });

    it('keeps the body byte for byte, and its type', async () => {
      const bytes = randomBytes(70_000);
      await call('PUT', '/v1/cache/k', bytes, { 'Content-Type': 'image/png' });
      const answer = await call('GET', '/v1/cache/k');
      expect(answer.body.equals(bytes)).toBe(true);
      expect(answer.headers['content-type']).toBe('image/png');
    });

    it('never retypes a value: a number as text stays that text, an empty body stays empty', async () => {
      for (const text of ['007', '1.0', 'true', 'null', '{"a":  1}', '']) {
        await call('PUT', '/v1/cache/k', text, { 'Content-Type': 'application/json' });
        expect((await call('GET', '/v1/cache/k')).body.toString()).toBe(text);
      }
    });

    it('refuses a value above the limit while it still streams in, 413', async () => {
      const head = `PUT /v1/cache/k HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      const answer = await rawRequest(service.port, head + chunk.repeat(17));
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'value_too_large']);
      expect((await call('PUT', '/v1/cache/k', Buffer.alloc(1_048_576))).status).toBe(201);
    });
  });

  describe('POST /v1/cache/{key}', () => {
    it('takes an envelope with value or valueBase64', async () => {
      const made = await callJson('POST', '/v1/cache/k', {
        value: { a: 1 },
        ttl: 60,
        tags: ['t'],
        indexes: { user: 'alice' },
      });
      expect([made.status, json(made)]).toEqual([201, { key: 'k', etag: made.headers.etag, ttl: 60 }]);
      expect(json(await call('GET', '/v1/cache/k'))).toEqual({ a: 1 });
      const replaced = await callJson('POST', '/v1/cache/k', { valueBase64: 'AP8=', contentType: 'image/gif' });
      expect(replaced.status).toBe(200);
      const answer = await call('GET', '/v1/cache/k');
      expect([...answer.body]).toEqual([0, 255]);
      expect(answer.headers['content-type']).toBe('image/gif');
    });

    it('keeps the digits of a JSON value as they were sent', async () => {
      await call('POST', '/v1/cache/k', '{"value": [1.0, 12345678901234567890]}', {
        'Content-Type': 'application/json',
      });
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('[1.0, 12345678901234567890]');
    });

    it('creates only with ifAbsent, 412', async () => {
      expect((await callJson('POST', '/v1/cache/k', { value: 1, ifAbsent: true })).status).toBe(201);
      expect((await callJson('POST', '/v1/cache/k', { value: 2, ifAbsent: true })).status).toBe(412);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('1');
    });

    it('acts as PUT for any other type', async () => {
      expect((await call('POST', '/v1/cache/k', '{"value": 1}', { 'Content-Type': 'text/plain' })).status).toBe(201);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('{"value": 1}');
    });
  });

  describe('GET and HEAD /v1/cache/{key}', () => {
    it('answer 404 with a problem where there is nothing', async () => {
      const answer = await call('GET', '/v1/cache/absent');
      expect(answer.status).toBe(404);
      expect(json(answer)).toMatchObject({ code: 'key_not_found', status: 404, retryable: false });
      const head = await call('HEAD', '/v1/cache/absent');
      expect([head.status, head.body.length]).toEqual([404, 0]);
    });

    it('answer alike but for the body', async () => {
      await call('PUT', '/v1/cache/k?ttl=60', 'value');
      const [get, head] = [await call('GET', '/v1/cache/k'), await call('HEAD', '/v1/cache/k')];
      expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, '5']);
      expect(head.headers.etag).toBe(get.headers.etag);
    });

    it('give the envelope to whoever asks for it', async () => {
      await callJson('POST', '/v1/cache/k', { value: 'text', ttl: 60, tags: ['t'], indexes: { user: 'alice' } });
      const answer = await call('GET', '/v1/cache/k', undefined, { Accept: 'application/vnd.larder.entry+json' });
      expect(answer.headers['content-type']).toBe('application/vnd.larder.entry+json');
      expect(json(answer)).toMatchObject({ key: 'k', value: 'text', ttl: 60, tags: ['t'], indexes: { user: 'alice' } });
    });

    it('keep browsers and proxies from doing anything with the value', async () => {
      await call('PUT', '/v1/cache/k', '<script>', { 'Content-Type': 'text/html' });
      const { headers } = await call('GET', '/v1/cache/k');
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        vary: 'Authorization',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
        'content-disposition': 'attachment',
      });
    });
  });

  it('DELETE /v1/cache/{key} is idempotent and says whether something was there', async () => {
    await call('PUT', '/v1/cache/k', 'x');
    const [first, second] = [await call('DELETE', '/v1/cache/k'), await call('DELETE', '/v1/cache/k')];
    expect([first.status, first.headers['cache-deleted']]).toEqual([204, 'true']);
    expect([second.status, second.headers['cache-deleted']]).toEqual([204, 'false']);
  });

  it('PATCH /v1/cache/{key} gives a new life or one without end', async () => {
    await call('PUT', '/v1/cache/k?ttl=60', 'x');
    expect((await callJson('PATCH', '/v1/cache/k', { ttl: 600 })).status).toBe(200);
    expect((await call('GET', '/v1/cache/k')).headers['cache-ttl']).toBe('600');
    expect((await callJson('PATCH', '/v1/cache/k', { persist: true })).status).toBe(200);
    expect((await call('GET', '/v1/cache/k')).headers['cache-ttl']).toBeUndefined();
    expect((await callJson('PATCH', '/v1/cache/absent', { ttl: 1 })).status).toBe(404);
  });

  it('GET /v1/cache/{key}/exists', async () => {
    await call('PUT', '/v1/cache/k', 'x');
    expect(json(await call('GET', '/v1/cache/k/exists'))).toEqual({ exists: true });
    expect(json(await call('GET', '/v1/cache/absent/exists'))).toEqual({ exists: false });
  });

  describe('POST /v1/cache/{key}/increment', () => {
    it('counts, atomically, and stays readable as text', async () => {
      const sums = await Promise.all(
        Array.from({ length: 100 }, () => callJson('POST', '/v1/cache/n/increment', { by: 2 })),
      );
      expect(new Set(sums.map((answer) => json(answer).value)).size).toBe(100);
      expect((await call('GET', '/v1/cache/n')).body.toString()).toBe('200');
      expect(json(await callJson('POST', '/v1/cache/m/increment', { by: -1, initial: 10, ttl: 60 }))).toEqual({
        value: 9,
      });
      expect((await call('GET', '/v1/cache/m')).headers['cache-ttl']).toBe('60');
    });

    it('counts on what was put as text, and refuses what is none, 422', async () => {
      await call('PUT', '/v1/cache/n', '41');
      expect(json(await callJson('POST', '/v1/cache/n/increment', {}))).toEqual({ value: 42 });
      await call('PUT', '/v1/cache/t', 'forty');
      const answer = await callJson('POST', '/v1/cache/t/increment', {});
      expect([answer.status, json(answer).code]).toEqual([422, 'not_an_integer']);
      expect((await call('GET', '/v1/cache/t')).body.toString()).toBe('forty');
    });
  });

  it('POST /v1/batch runs its operations in order, each with its own result', async () => {
    const answer = await callJson('POST', '/v1/batch', {
      operations: [
        { op: 'set', key: 'a', value: { n: 1 }, ttl: 60 },
        { op: 'get', key: 'a' },
        { op: 'add', key: 'a', value: 2 },
        { op: 'exists', key: 'a' },
        { op: 'touch', key: 'a', ttl: 600 },
        { op: 'increment', key: 'n', by: 3 },
        { op: 'delete', key: 'a' },
        { op: 'get', key: 'a' },
        { op: 'fly', key: 'a' },
        { op: 'get', key: '' },
      ],
    });
    expect(answer.status).toBe(200);
    const { results } = json(answer);
    expect(results.map(({ status }: { status: number }) => status)).toEqual([
      201, 200, 412, 200, 200, 200, 204, 404, 400, 400,
    ]);
    expect(results[1]).toMatchObject({ value: { n: 1 }, ttl: 60 });
    expect(results[5]).toMatchObject({ value: 3 });
    expect(results[9]).toMatchObject({ code: 'invalid_key' });
  });

  it('GET /v1/keys lists by prefix and pattern, in pages whose cursor is bound to the listing', async () => {
    for (let at = 0; at < 25; at++) await call('PUT', `/v1/cache/user%3A${at}`, 'x');
    await call('PUT', '/v1/cache/other', 'x');
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { keys: string[]; cursor: string | null } = json(
        await call(
          'GET',
          `/v1/keys?prefix=user%3A&limit=10${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        ),
      );
      found.push(...page.keys);
      cursor = page.cursor;
      if (cursor === null) break;
      const foreign = await call('GET', `/v1/keys?prefix=other&cursor=${encodeURIComponent(cursor)}`);
      expect([foreign.status, json(foreign).code]).toEqual([400, 'invalid_cursor']);
    }
    expect(found.sort()).toEqual(Array.from({ length: 25 }, (_, at) => `user:${at}`).sort());
    expect(json(await call('GET', '/v1/keys?match=user:1?')).keys).toHaveLength(10);
  });

  it('DELETE /v1/keys?match= deletes by pattern', async () => {
    for (const key of ['a1', 'a2', 'b1']) await call('PUT', `/v1/cache/${key}`, 'x');
    expect(json(await call('DELETE', '/v1/keys?match=a*'))).toEqual({ deleted: 2 });
    expect(json(await call('GET', '/v1/keys')).keys).toEqual(['b1']);
  });

  it('/v1/b64/{base64url(key)} and /cache/{key} are the same entries', async () => {
    for (const key of ['.', '..', 'a/b', '{}%?#', 'é', 'e\u0301', 'x'.repeat(512)]) {
      const b64 = Buffer.from(key).toString('base64url');
      expect((await call('PUT', `/v1/b64/${b64}`, key)).status).toBe(201);
      for (const path of [`/v1/cache/${encodeURIComponent(key)}`, `/cache/${encodeURIComponent(key)}`]) {
        if (key === '.' || key === '..') continue;
        expect((await call('GET', path)).body.toString()).toBe(key);
      }
      expect(json(await call('GET', `/v1/b64/${b64}/exists`))).toEqual({ exists: true });
    }
    expect(json(await call('GET', '/v1/keys')).keys).toHaveLength(7);
  });

  it('a key with an encoded slash never collides with a sub-resource', async () => {
    await call('PUT', '/v1/cache/a', 'short');
    await call('PUT', '/v1/cache/a%2Fexists', 'long');
    expect(json(await call('GET', '/v1/cache/a/exists'))).toEqual({ exists: true });
    expect((await call('GET', '/v1/cache/a%2Fexists')).body.toString()).toBe('long');
    expect((await call('GET', '/v1/cache/a%252Fexists')).status).toBe(404);
  });

  it('conditional requests follow RFC 9110', async () => {
    const first = await call('PUT', '/v1/cache/k', 'one', { 'If-None-Match': '*' });
    const etag = String(first.headers.etag);
    expect(first.status).toBe(201);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-None-Match': '*' })).status).toBe(412);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-None-Match': etag })).status).toBe(304);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-None-Match': `"x", W/${etag}` })).status).toBe(304);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': `W/${etag}` })).status).toBe(412);
    expect((await call('DELETE', '/v1/cache/k', undefined, { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': etag })).status).toBe(204);
    expect((await call('PUT', '/v1/cache/k', 'three', { 'If-Match': etag })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/absent', 'x', { 'If-Match': '*' })).status).toBe(412);
    expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('two');
  });

  it('a ttl is whole seconds from the query, the field or the envelope; without one it is thirty days', async () => {
    expect((await call('PUT', '/v1/cache/a?ttl=60', 'x')).headers['cache-ttl']).toBe('60');
    expect((await call('PUT', '/v1/cache/b', 'x', { 'Cache-TTL': '61' })).headers['cache-ttl']).toBe('61');
    expect((await call('PUT', '/v1/cache/c?ttl=62', 'x', { 'Cache-TTL': '62' })).headers['cache-ttl']).toBe('62');
    expect((await call('PUT', '/v1/cache/d', 'x')).headers['cache-ttl']).toBe(String(30 * 86_400));
    expect((await call('GET', '/v1/cache/a')).headers['cache-ttl']).toBe('60');
  });

  it('GET /v1/stats counts what this tenant did', async () => {
    const before = json(await call('GET', '/v1/stats'));
    await call('PUT', '/v1/cache/k', 'x');
    await call('GET', '/v1/cache/k');
    await call('GET', '/v1/cache/absent');
    await call('DELETE', '/v1/cache/k');
    const after = json(await call('GET', '/v1/stats'));
    const gained = (name: string) => after[name] - before[name];
    expect(['hits', 'misses', 'writes', 'deletes'].map(gained)).toEqual([1, 1, 1, 1]);
  });

  it('authentication takes Bearer or X-API-Key', async () => {
    await call('PUT', '/v1/cache/k', 'x');
    const answer = await fetch(`${service.base}/v1/cache/k`, { headers: { 'X-API-Key': apiKey } });
    expect(answer.status).toBe(200);
    const refused = await fetch(`${service.base}/v1/cache/k`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="larder"']);
  });

  it('/livez, /readyz and /metrics answer without a key, and metrics name no key', async () => {
    await call('PUT', '/v1/cache/secret-name', 'x');
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await fetch(`${service.base}${path}`)).status).toBe(200);
    const metrics = await (await fetch(`${service.base}/metrics`)).text();
    expect(metrics).toMatch(/^larder_hits_total \d+$/m);
    expect(metrics).not.toContain('secret-name');
  });

  it('pipelined requests are answered in their order', async () => {
    await call('PUT', '/v1/cache/a', 'first');
    await call('PUT', '/v1/cache/b', 'second');
    const one = (key: string, close: string) =>
      `GET /v1/cache/${key} HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\n${close}\r\n`;
    const { body } = await rawRequest(service.port, one('a', '') + one('b', 'Connection: close\r\n'));
    expect(body.startsWith('first')).toBe(true);
  });
});
