import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeIncrement({ call, callJson, json }: RestContext): void {
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
}
