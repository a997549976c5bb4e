import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeMergePatch({ call, callJson, json }: RestContext): void {
  const merge = (key: string, patch: string, headers: Record<string, string> = {}) =>
    call('PATCH', `/v1/cache/${key}`, patch, { 'Content-Type': 'application/merge-patch+json', ...headers });
  const put = (key: string, text: string) =>
    call('PUT', `/v1/cache/${key}?ttl=600`, text, { 'Content-Type': 'application/json' });

  describe('PATCH /v1/cache/{key} as application/merge-patch+json', () => {
    it('changes what the patch names, and keeps digits, type, life, tags and terms', async () => {
      await call(
        'POST',
        '/v1/cache/k',
        '{"value": {"id": 12345678901234567890, "rate": 1.0, "in": {"a": 1, "b": 2}}, "ttl": 600, "tags": ["t"], "indexes": {"user": "alice"}}',
        {
          'Content-Type': 'application/json',
        },
      );
      const answer = await merge('k', '{"in": {"a": null, "c": 3.50}, "new": true}');
      expect(answer.status).toBe(200);
      expect(json(answer)).toEqual({ key: 'k', etag: answer.headers.etag, ttl: expect.any(Number) });
      const read = await call('GET', '/v1/cache/k');
      expect(read.body.toString()).toBe('{"id":12345678901234567890,"rate":1.0,"in":{"b":2,"c":3.50},"new":true}');
      expect(read.headers.etag).toBe(answer.headers.etag);
      expect(read.headers['content-type']).toBe('application/json');
      expect(Number(read.headers['cache-ttl'])).toBeGreaterThan(590);
      const entry = json(await call('GET', '/v1/cache/k', undefined, { Accept: 'application/vnd.larder.entry+json' }));
      expect(entry).toMatchObject({ tags: ['t'], indexes: { user: 'alice' } });
    });

    it('is atomic: of 50 at once none is lost', async () => {
      await put('k', '{}');
      const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => merge('k', `{"m${at}": ${at}}`)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const expected = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`m${at}`, at]));
      expect(json(await call('GET', '/v1/cache/k'))).toEqual(expected);
    });

    it('honours If-Match, 412, and finds no missing entry, 404', async () => {
      const { etag } = (await put('k', '{"a":1}')).headers;
      const first = await merge('k', '{"a":2}', { 'If-Match': String(etag) });
      expect(first.status).toBe(200);
      const late = await merge('k', '{"a":3}', { 'If-Match': String(etag) });
      expect([late.status, json(late).code]).toEqual([412, 'precondition_failed']);
      expect((await merge('k', '{"a":4}', { 'If-Match': String(first.headers.etag) })).status).toBe(200);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('{"a":4}');
      for (const headers of [{}, { 'If-Match': '*' }]) {
        const absent = await merge('absent', '{}', headers);
        expect([absent.status, json(absent).code]).toEqual([404, 'key_not_found']);
      }
      expect((await call('GET', '/v1/cache/absent')).status).toBe(404);
    });

    it.each(['', 'text', '{"a":1', '\ufeff{}'])('refuses to merge into what is not JSON, 422: %j', async (value) => {
      await put('k', value);
      const answer = await merge('k', '{"a":1}');
      expect([answer.status, json(answer).code]).toEqual([422, 'not_json']);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe(value);
    });

    it.each(['', '{"a":', '{"__proto__":{"admin":true}}', '{"a":{"\\u005f_proto__":1}}'])(
      'refuses the patch %j, 400',
      async (patch) => {
        await put('k', '{"a":1}');
        const answer = await merge('k', patch);
        expect([answer.status, json(answer).code]).toEqual([400, 'invalid_body']);
        expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('{"a":1}');
      },
    );

    it('refuses what grows above the limit, 413', async () => {
      await put('k', `{"a":"${'x'.repeat(600_000)}"}`);
      const answer = await merge('k', `{"b":"${'y'.repeat(600_000)}"}`);
      expect([answer.status, json(answer).code]).toEqual([413, 'value_too_large']);
      expect((await call('GET', '/v1/cache/k')).body.length).toBe(600_008);
    });

    it('refuses other types and names those it takes, 415', async () => {
      await put('k', '{"a":1}');
      const answer = await call('PATCH', '/v1/cache/k', '[]', { 'Content-Type': 'application/json-patch+json' });
      expect([answer.status, json(answer).code]).toEqual([415, 'unsupported_media_type']);
      expect(answer.headers['accept-patch']).toBe('application/json, application/merge-patch+json');
      const large = await callJson('PATCH', '/v1/cache/k', { ttl: 60, padding: 'x'.repeat(5_000) });
      expect([large.status, json(large).code]).toEqual([413, 'value_too_large']);
    });
  });
}
