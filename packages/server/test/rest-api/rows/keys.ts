import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeKeys({ call, json, store }: RestContext): void {
  it.skipIf(!store.lists)(
    'GET /v1/keys lists by prefix and pattern, in pages whose cursor is bound to the listing',
    async () => {
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
    },
  );

  it.skipIf(!store.lists)('DELETE /v1/keys?match= deletes by pattern', async () => {
    for (const key of ['a1', 'a2', 'b1']) await call('PUT', `/v1/cache/${key}`, 'x');
    expect(json(await call('DELETE', '/v1/keys?match=a*'))).toEqual({ deleted: 2 });
    expect(json(await call('GET', '/v1/keys')).keys).toEqual(['b1']);
  });

  it.skipIf(store.lists)('/v1/keys is answered with 501 where the store cannot list its keys', async () => {
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['DELETE', '/v1/keys?match=a*'],
    ] as const) {
      const answer = await call(method, path);
      expect([answer.status, json(answer).code]).toEqual([501, 'unsupported_by_store']);
    }
  });
}
