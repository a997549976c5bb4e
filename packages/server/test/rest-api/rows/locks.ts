import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeLocks({ call, callJson, json }: RestContext): void {
  // A flush leaves locks alone, so each test has its own.
  const lock = (name = randomUUID()) => ({ name, path: `/v1/locks/${encodeURIComponent(name)}` });
  const asHolder = (method: string, path: string, tag: string | undefined, body?: unknown) =>
    call(method, path, body === undefined ? undefined : JSON.stringify(body), {
      'Content-Type': 'application/json',
      ...(tag === undefined ? {} : { 'If-Match': tag }),
    });

  describe('/v1/locks/{name}', () => {
    it('POST takes it once: 201 with token and fencing number, then 409 lock_held with Retry-After', async () => {
      const { name, path } = lock(`a lock/${randomUUID()}`);
      const taken = await callJson('POST', path, { ttl: 30 });
      expect(taken.status).toBe(201);
      const { token, fencingToken } = json(taken);
      expect(json(taken)).toEqual({ name, token: expect.stringMatching(/^[\w-]{32}$/), fencingToken, ttl: 30 });
      expect(taken.headers.etag).toBe(`"${token}"`);
      expect(Number.isSafeInteger(fencingToken)).toBe(true);
      const held = await callJson('POST', path, { ttl: 30 });
      expect([held.status, json(held).code, json(held).retryable]).toEqual([409, 'lock_held', true]);
      const retryAfter = Number(held.headers['retry-after']);
      expect(retryAfter).toBeGreaterThan(20);
      expect(retryAfter).toBeLessThanOrEqual(32);
    });

    it('has one winner of 100 who ask at once', async () => {
      const { path } = lock();
      const answers = await Promise.all(Array.from({ length: 100 }, () => callJson('POST', path, { ttl: 30 })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(99);
    });

    it('PATCH extends it for its holder, DELETE lets go of it, and the next fencing number is greater', async () => {
      const { name, path } = lock();
      const first = await callJson('POST', path, { ttl: 30 });
      const tag = String(first.headers.etag);
      const extended = await asHolder('PATCH', path, tag, { ttl: 300 });
      expect([extended.status, json(extended)]).toEqual([200, { name, token: json(first).token, ttl: 300 }]);
      expect(extended.headers.etag).toBe(tag);
      expect(Number((await callJson('POST', path, { ttl: 1 })).headers['retry-after'])).toBeGreaterThan(290);
      expect((await asHolder('DELETE', path, tag)).status).toBe(204);
      // Whoever lost the answer asks again.
      expect((await asHolder('DELETE', path, tag)).status).toBe(204);
      expect((await asHolder('PATCH', path, tag, { ttl: 30 })).status).toBe(412);
      const second = await callJson('POST', path, { ttl: 30 });
      expect(second.status).toBe(201);
      expect(json(second).fencingToken).toBeGreaterThan(json(first).fencingToken);
      expect(json(second).token).not.toBe(json(first).token);
      expect((await asHolder('DELETE', path, tag)).status).toBe(412);
    });

    it("is nobody else's to extend or to let go of, 412", async () => {
      const { path } = lock();
      const tag = String((await callJson('POST', path, { ttl: 30 })).headers.etag);
      for (const wrong of [undefined, '*', '"wrong"', `W/${tag}`, `${tag}, "other"`, `"${'x'.repeat(600)}"`]) {
        const [patched, deleted] = [
          await asHolder('PATCH', path, wrong, { ttl: 60 }),
          await asHolder('DELETE', path, wrong),
        ];
        expect([patched.status, json(patched).code]).toEqual([412, 'precondition_failed']);
        expect([deleted.status, json(deleted).code]).toEqual([412, 'precondition_failed']);
      }
      expect((await callJson('POST', path, { ttl: 30 })).status).toBe(409);
      expect((await asHolder('PATCH', lock().path, tag, { ttl: 60 })).status).toBe(412);
    });

    it.each([
      [0, 'invalid_ttl'],
      [1.5, 'invalid_ttl'],
      ['30', 'invalid_ttl'],
      [86_401, 'invalid_ttl'],
      [undefined, 'invalid_body'],
    ])('refuses the ttl %j', async (ttl, code) => {
      const { path } = lock();
      const answer = await callJson('POST', path, { ttl });
      expect([answer.status, json(answer).code]).toEqual([400, code]);
      expect((await callJson('POST', path, { ttl: 1 })).status).toBe(201);
    });

    it('is no key: neither written nor deleted as one, and a flush leaves it', async () => {
      const { name, path } = lock();
      await callJson('POST', path, { ttl: 30 });
      expect((await call('GET', `/v1/cache/${name}`)).status).toBe(404);
      expect((await callJson('POST', '/admin/v1/tenants/default/flush', { confirm: 'default' })).status).toBe(204);
      expect((await callJson('POST', path, { ttl: 30 })).status).toBe(409);
    });
  });
}
