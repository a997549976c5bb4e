import { expect, it } from 'vitest';
import { ofType, readEvents, withKey } from '../../support/event-reader.js';
import type { RestContext } from '../rest-context.js';

export function describeEvents({ call, callJson, service, store }: RestContext): void {
  it('GET /v1/events begins with ready, and tells what another client writes, changes and deletes', async () => {
    const reader = await readEvents(service().port);
    expect(reader.response.headers['content-type']).toBe('text/event-stream');
    expect(reader.response.headers['cache-control']).toBe('no-store');
    expect((await reader.next()).type).toBe('ready');
    const steps: readonly (() => Promise<unknown>)[] = [
      () => call('PUT', '/v1/cache/k', 'x'),
      () => callJson('PATCH', '/v1/cache/k', { ttl: 600 }),
      () => call('PUT', '/v1/cache/k', '{"a":1}', { 'Content-Type': 'application/json' }),
      () => call('PATCH', '/v1/cache/k', '{"a":2}', { 'Content-Type': 'application/merge-patch+json' }),
      () => call('DELETE', '/v1/cache/k'),
      () => callJson('POST', '/v1/cache/k/increment', { by: 1 }),
      () => callJson('POST', '/v1/batch', { operations: [{ op: 'set', key: 'k', value: 1 }] }),
    ];
    for (const step of steps) {
      await step();
      await reader.next(withKey('change', 'k'));
    }
    await callJson('POST', '/v1/tags/invalidate', { tags: ['t', 'u'], remove: true });
    expect((await reader.next(ofType('invalidate-tags'))).data).toEqual({ tags: ['t', 'u'], remove: true });
    await callJson('POST', '/admin/v1/tenants/default/flush', { confirm: 'default' });
    await reader.next(ofType('clear'));
    reader.close();
  });

  it('GET /v1/events tells of a write once it can be read', async () => {
    const reader = await readEvents(service().port);
    await reader.next(ofType('ready'));
    for (let turn = 0; turn < 20; turn++) {
      const written = call('PUT', '/v1/cache/k', `value ${turn}`);
      await reader.next(withKey('change', 'k'));
      expect((await call('GET', '/v1/cache/k')).body.toString()).toBe(`value ${turn}`);
      await written;
    }
    reader.close();
  });

  // Of several processes the next one may answer, with a reset: events/two-processes.test.ts.
  it.skipIf(store.workers !== undefined)(
    'GET /v1/events resumes behind the last event that was seen, by field or by query',
    async () => {
      const first = await readEvents(service().port);
      await first.next(ofType('ready'));
      await call('PUT', '/v1/cache/a', 'x');
      const { id } = await first.next(withKey('change', 'a'));
      first.close();
      await call('PUT', '/v1/cache/b', 'x');
      for (const options of [{ lastEventId: id }, { query: `?lastEventId=${id}` }]) {
        const second = await readEvents(service().port, options);
        expect(await second.next()).toMatchObject({ type: 'ready', id });
        await second.next(withKey('change', 'b'));
        expect(second.events.some(withKey('change', 'a'))).toBe(false);
        second.close();
      }
    },
  );

  it('GET /v1/events begins with a reset where what was missed is not known', async () => {
    for (const lastEventId of ['elsewhere123-7', 'nonsense', '']) {
      const reader = await readEvents(service().port, { lastEventId });
      expect([(await reader.next()).type, (await reader.next()).type]).toEqual(['ready', 'reset']);
      reader.close();
    }
  });

  it.skipIf(!store.tellsExpiry)('GET /v1/events tells of entries that expire', async () => {
    const reader = await readEvents(service().port);
    await reader.next(ofType('ready'));
    await call('PUT', '/v1/cache/brief?ttl=1', 'x');
    await reader.next(withKey('expire', 'brief'));
    expect((await call('GET', '/v1/cache/brief')).status).toBe(404);
    reader.close();
  });

  it('GET /v1/events is refused without an API key', async () => {
    await expect(readEvents(service().port, { key: 'none' })).rejects.toThrow('401');
  });
}
