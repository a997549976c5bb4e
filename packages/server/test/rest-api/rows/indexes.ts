import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeIndexes({ call, callJson, json, store }: RestContext): void {
  const write = (key: string, user: string) =>
    callJson('POST', `/v1/cache/${encodeURIComponent(key)}`, { value: { key }, ttl: 60, indexes: { user } });

  describe.skipIf(!store.lists)('/v1/indexes/{name}/{value}', () => {
    it('GET lists the keys of the term, and HEAD answers alike', async () => {
      for (const key of ['s2', 's1', 'a/b']) await write(key, 'alice smith');
      await write('s3', 'bob');
      const answer = await call('GET', '/v1/indexes/user/alice%20smith');
      expect([answer.status, json(answer)]).toEqual([200, { keys: ['a/b', 's1', 's2'], cursor: null }]);
      const head = await call('HEAD', '/v1/indexes/user/alice%20smith');
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(head.headers['content-length']).toBe(answer.headers['content-length']);
      expect(json(await call('GET', '/v1/indexes/user/nobody'))).toEqual({ keys: [], cursor: null });
    });

    it('GET ?include=entries answers the entries with their attributes', async () => {
      await write('s1', 'alice');
      await call('DELETE', '/v1/cache/s2');
      const { entries, cursor } = json(await call('GET', '/v1/indexes/user/alice?include=entries'));
      expect(cursor).toBeNull();
      const alone = await call('GET', '/v1/cache/s1', undefined, { Accept: 'application/vnd.larder.entry+json' });
      expect(entries).toEqual([{ ...json(alone), ttl: expect.any(Number) }]);
      expect(entries[0]).toMatchObject({ key: 's1', value: { key: 's1' }, indexes: { user: 'alice' } });
      const answer = await call('GET', '/v1/indexes/user/alice?include=everything');
      expect([answer.status, json(answer).code]).toEqual([400, 'invalid_request']);
    });

    it.each(['keys', 'entries'])(
      'GET ?include=%s goes on page by page, with a cursor that is bound to the term',
      async (include) => {
        const all = Array.from({ length: 25 }, (_, at) => `k${String(at).padStart(2, '0')}`);
        for (const key of all) await write(key, 'alice');
        const path = `/v1/indexes/user/alice?include=${include}&limit=10`;
        const pages: string[][] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page = json(await call('GET', cursor === '' ? path : `${path}&cursor=${cursor}`));
          pages.push(include === 'keys' ? page.keys : page.entries.map(({ key }: { key: string }) => key));
          cursor = page.cursor;
          if (cursor === null) break;
          for (const elsewhere of [`/v1/indexes/user/bob?cursor=${cursor}`, `/v1/keys?cursor=${cursor}`]) {
            const foreign = await call('GET', elsewhere);
            expect([foreign.status, json(foreign).code]).toEqual([400, 'invalid_cursor']);
          }
        }
        expect(pages).toEqual([all.slice(0, 10), all.slice(10, 20), all.slice(20)]);
      },
    );

    it('GET ends a page of large entries early, and loses none', async () => {
      const value = 'x'.repeat(1_000_000);
      const all = Array.from({ length: 20 }, (_, at) => `k${String(at).padStart(2, '0')}`);
      for (const key of all) await callJson('POST', `/v1/cache/${key}`, { value, indexes: { size: 'large' } });
      const first = json(await call('GET', '/v1/indexes/size/large?include=entries'));
      expect(first.entries.length).toBeLessThan(20);
      const second = json(await call('GET', `/v1/indexes/size/large?include=entries&cursor=${first.cursor}`));
      expect([...first.entries, ...second.entries].map(({ key }) => key)).toEqual(all);
    });

    it('DELETE deletes the entries of the term', async () => {
      for (const key of ['s1', 's2']) await write(key, 'alice');
      await write('s3', 'bob');
      const answer = await call('DELETE', '/v1/indexes/user/alice');
      expect([answer.status, json(answer)]).toEqual([200, { deleted: 2 }]);
      expect(json(await call('DELETE', '/v1/indexes/user/alice'))).toEqual({ deleted: 0 });
      expect(json(await call('GET', '/v1/cache/s3/exists'))).toEqual({ exists: true });
    });
  });

  it.skipIf(store.lists)('/v1/indexes is answered with 501 where the store has no index', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await call(method, '/v1/indexes/user/alice');
      expect([answer.status, json(answer).code]).toEqual([501, 'unsupported_by_store']);
    }
  });
}
