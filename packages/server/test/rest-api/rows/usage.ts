import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';
import { tenantWith } from '../tenant-under-test.js';

export function describeUsage(context: RestContext): void {
  const { json, store } = context;

  it('GET /v1/usage and /admin/v1/tenants/{t}/usage tell what was used on each day, and what is kept', async () => {
    const { id, call } = await tenantWith(context, {});
    await call('PUT', '/v1/cache/key', 'value');
    await call('GET', '/v1/cache/key');
    await call('GET', '/v1/cache/absent');
    const batch = '{"operations": [{"op": "get", "key": "key"}, {"op": "delete", "key": "key"}]}';
    await call('POST', '/v1/batch', batch);
    await call('PUT', '/v1/cache/kept', '12345');
    const answer = await call('GET', '/v1/usage');
    expect(answer.status).toBe(200);
    const { days, storage } = json(answer);
    expect(days).toHaveLength(30);
    if (store.lists) expect(storage).toMatchObject({ entries: 1, bytes: 9 });
    else expect(storage).toBeNull();

    const { day } = days.at(-1);
    const used = async () =>
      json(await context.call('GET', `/admin/v1/tenants/${id}/usage?from=${day}&to=${day}`)).days[0];
    const bytesReceived = 'value'.length + batch.length + '12345'.length;
    const counts = { requests: 7, reads: 3, hits: 2, misses: 1, writes: 2, deletes: 1, bytesReceived };
    // Several processes write down what they counted every two seconds.
    await expect.poll(used, { timeout: 10_000 }).toMatchObject({ day, ...counts });
    expect((await used()).bytesSent).toBeGreaterThan(5);
    if (store.workers === undefined) expect(days.at(-1)).toMatchObject(counts);
  });

  it.each([
    'from=2026-02-30',
    'to=0000-01-01',
    'to=yesterday',
    'from=2026-01-02&to=2026-01-01',
    'from=2020-01-01&to=2026-01-01',
  ])('GET /v1/usage?%s is refused, and says why', async (query) => {
    const answer = await context.call('GET', `/v1/usage?${query}`);
    expect([answer.status, json(answer).code]).toEqual([400, 'invalid_request']);
  });

  it('the usage of a tenant that does not exist is not found', async () => {
    const answer = await context.call('GET', '/admin/v1/tenants/nobody/usage');
    expect([answer.status, json(answer).code]).toEqual([404, 'tenant_not_found']);
  });
}
