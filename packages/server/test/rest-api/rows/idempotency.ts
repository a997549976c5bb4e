import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeIdempotency({ call, json }: RestContext): void {
  const post = (path: string, body: unknown, key: string) =>
    call('POST', path, JSON.stringify(body), { 'Content-Type': 'application/json', 'Idempotency-Key': key });

  describe('Idempotency-Key', () => {
    const admin = () => `t-${randomUUID()}`;
    const operations: readonly [string, () => { path: string; body: unknown }, number][] = [
      ['increment', () => ({ path: '/v1/cache/n/increment', body: { by: 2 } }), 200],
      ['batch', () => ({ path: '/v1/batch', body: { operations: [{ op: 'increment', key: 'n' }] } }), 200],
      ['locks', () => ({ path: `/v1/locks/${randomUUID()}`, body: { ttl: 30 } }), 201],
      ['the making of a tenant', () => ({ path: '/admin/v1/tenants', body: { id: admin() } }), 201],
      [
        'the making of an API key',
        () => ({ path: '/admin/v1/tenants/default/keys', body: { name: 'k', scopes: ['cache:read'] } }),
        201,
      ],
    ];

    it.each(operations)(
      'has %s done once, with the same answer for whoever asks again',
      async (_name, make, status) => {
        const { path, body } = make();
        const key = randomUUID();
        const [first, again] = [await post(path, body, key), await post(path, body, key)];
        expect([first.status, again.status]).toEqual([status, status]);
        expect(again.body.equals(first.body)).toBe(true);
        expect(again.headers.etag).toBe(first.headers.etag);
        expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', 'content-type': 'application/json' });
        expect(first.headers['idempotency-replayed']).toBeUndefined();
      },
    );

    it('is refused for another payload, and for another path, 422', async () => {
      const key = randomUUID();
      expect((await post('/v1/cache/n/increment', { by: 1 }, key)).status).toBe(200);
      for (const [path, body] of [
        ['/v1/cache/n/increment', { by: 2 }],
        ['/v1/cache/m/increment', { by: 1 }],
        ['/v1/batch', { by: 1 }],
      ] as const) {
        const answer = await post(path, body, key);
        expect([answer.status, json(answer).code]).toEqual([422, 'idempotency_key_reused']);
      }
      expect((await call('GET', '/v1/cache/n')).body.toString()).toBe('1');
      expect((await call('GET', '/v1/cache/m')).status).toBe(404);
    });

    it('has one winner of 100 who send the same at once; the others get 409 or its answer', async () => {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => post('/v1/cache/n/increment', { by: 1 }, key)),
      );
      expect((await call('GET', '/v1/cache/n')).body.toString()).toBe('1');
      const done = answers.filter(({ status }) => status === 200);
      expect(done.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
      expect(new Set(done.map(({ body }) => body.toString()))).toEqual(new Set(['{"value":1}']));
      for (const refused of answers.filter(({ status }) => status !== 200)) {
        expect([refused.status, json(refused).code, refused.headers['retry-after']]).toEqual([
          409,
          'idempotency_in_flight',
          '1',
        ]);
      }
    });

    it('must be visible ASCII, 400; where a call can be repeated anyway it changes nothing', async () => {
      const answer = await post('/v1/cache/n/increment', {}, 'two words');
      expect([answer.status, json(answer).code]).toEqual([400, 'invalid_request']);
      const key = randomUUID();
      expect((await post('/v1/cache/k', { value: 1 }, key)).status).toBe(201);
      expect((await post('/v1/cache/k', { value: 2 }, key)).status).toBe(200);
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('2');
    });
  });
}
