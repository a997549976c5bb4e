import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rawRequest } from '../../support/raw-request.js';
import { apiKey } from '../../support/service-process.js';
import type { RestContext } from '../rest-context.js';

export function describeEntries({ call, callJson, json, service, store }: RestContext): void {
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
      const answer = await rawRequest(service().port, head + chunk.repeat(17));
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'value_too_large']);
      const largest = await call('PUT', '/v1/cache/k', Buffer.alloc(1_048_576));
      expect(largest.status).toBe(store.takesLargestValues ? 201 : 413);
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
}
