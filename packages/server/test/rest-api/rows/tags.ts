import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeTags({ call, callJson, json }: RestContext): void {
  describe('POST /v1/tags/invalidate', () => {
    it('hides every entry that carries one of the tags, and no other', async () => {
      await callJson('POST', '/v1/cache/a', { value: 1, tags: ['red', 'round'] });
      await callJson('POST', '/v1/cache/b', { value: 2, tags: ['round'] });
      await callJson('POST', '/v1/cache/c', { value: 3, tags: ['blue'] });
      const answer = await callJson('POST', '/v1/tags/invalidate', { tags: ['red', 'green', 'red'] });
      expect([answer.status, json(answer)]).toEqual([200, { tags: ['red', 'green'] }]);
      const statuses = await Promise.all(
        ['a', 'b', 'c'].map(async (key) => (await call('GET', `/v1/cache/${key}`)).status),
      );
      expect(statuses).toEqual([404, 200, 200]);
      expect((await callJson('POST', '/v1/tags/invalidate', { tags: ['round'], remove: true })).status).toBe(200);
      expect(json(await call('GET', '/v1/cache/b/exists'))).toEqual({ exists: false });
    });

    it('leaves what is written afterwards', async () => {
      await callJson('POST', '/v1/cache/k', { value: 1, tags: ['t'] });
      await callJson('POST', '/v1/tags/invalidate', { tags: ['t'] });
      expect((await callJson('POST', '/v1/cache/k', { value: 2, tags: ['t'] })).status).toBe(201);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('2');
    });

    it.each([
      {},
      { tags: [] },
      { tags: 't' },
      { tags: [''] },
      { tags: [1] },
      { tags: ['x'.repeat(257)] },
      { tags: Array.from({ length: 65 }, (_, at) => `t${at}`) },
      { tags: ['t'], remove: 'yes' },
      { tags: ['t'], all: true },
    ])('refuses %j', async (body) => {
      const answer = await callJson('POST', '/v1/tags/invalidate', body);
      expect([answer.status, json(answer).code]).toEqual([400, 'invalid_body']);
    });
  });
}
