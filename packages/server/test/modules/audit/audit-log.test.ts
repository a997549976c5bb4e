import { createCache, type Store, StoreError } from '@larder/cache';
import { fakeClock, memoryMapStore } from '@larder/cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuditIds, timeOfAuditId } from '../../../src/modules/audit/audit-ids.js';
import { type AuditLog, createAuditLog } from '../../../src/modules/audit/audit-log.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';

const day = 86_400_000;
const everything = { tenant: undefined, action: undefined, cursor: undefined, limit: 1_000 };
const targets = async (log: AuditLog) => (await log.page(everything)).records.map(({ target }) => target.tenant);
const record = (tenant: string) => ({
  actor: { tenant: 'default', keyId: 'k' },
  action: 'tenant.flush' as const,
  target: { tenant },
  requestId: 'r',
});

describe('audit ids', () => {
  it('sort as text by time, and within a process in their order whatever its clock does', () => {
    const nextId = createAuditIds((length) => 'z'.repeat(length));
    const ids = [5, 5, 5, 3, 6, 1_800_000_000_000, 4].map(nextId);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(timeOfAuditId(ids[5] ?? '')).toBe(1_800_000_000_000);
  });

  it('go into the next millisecond where one has too many', () => {
    const nextId = createAuditIds(() => '');
    const ids = Array.from({ length: 36 ** 4 + 2 }, () => nextId(7));
    expect(ids.at(-1)).toBe('0000000080001');
  });
});

describe('the audit log', () => {
  it('is newest first over weeks, and ends after 90 days', async () => {
    const clock = fakeClock();
    const control = createCache({ store: memoryMapStore({ clock }), memory: false, clock });
    const log = createAuditLog({ control, clock });
    for (let at = 0; at < 100; at++) {
      await log.add(record(`day ${at}`));
      clock.advance(day);
    }
    // The one that ends at this very moment is gone.
    expect(await targets(log)).toEqual(Array.from({ length: 89 }, (_, at) => `day ${99 - at}`));
    await control.close();
  });

  it('shows what a process wrote whose clock is ahead', async () => {
    const clock = fakeClock();
    const control = createCache({ store: memoryMapStore(), memory: false, clock });
    await createAuditLog({ control, clock: { now: () => clock.now() + 6 * day } }).add(record('ahead'));
    expect(await targets(createAuditLog({ control, clock }))).toEqual(['ahead']);
    await control.close();
  });
});

describe('a change by an admin', () => {
  let app: AppInProcess;
  afterEach(() => app.close());
  const admin = (method: string, path: string, body?: unknown) =>
    app.client.send(method, `/admin/v1${path}`, {
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('is refused, and has not happened, if its record cannot be written', async () => {
    const store = memoryMapStore();
    let isFull = false;
    const refusing: Store = {
      ...store,
      set: (writes, call) =>
        isFull && writes.some(({ key }) => key.includes('audit/'))
          ? Promise.reject(new StoreError('map', 'It is full.'))
          : store.set(writes, call),
    };
    app = await startApp({ store: refusing });
    await admin('POST', '/tenants', { id: 'shop' });
    const { id } = JSON.parse(
      (await admin('POST', '/tenants/shop/keys', { name: 'k', scopes: ['cache:read'] })).body.toString(),
    );
    await app.client.send('PUT', '/v1/cache/k', { body: 'v' });
    const records = async () => {
      const all: [string, unknown][] = [];
      for await (const key of app.control.keys()) all.push([key, await app.control.get(key)]);
      return all.sort();
    };
    const before = await records();
    isFull = true;
    const changes: readonly [string, string, unknown?][] = [
      ['POST', '/tenants', { id: 'other' }],
      ['PATCH', '/tenants/shop', { name: 'x' }],
      ['PATCH', '/tenants/shop/limits', { entries: 1 }],
      ['POST', '/tenants/default/flush', { confirm: 'default' }],
      ['POST', '/tenants/shop/keys', { name: 'k', scopes: ['cache:read'] }],
      ['POST', `/tenants/shop/keys/${id}/rotate`],
      ['DELETE', `/tenants/shop/keys/${id}`],
      ['DELETE', '/tenants/shop'],
    ];
    for (const change of changes) expect([change, (await admin(...change)).status]).toEqual([change, 503]);
    expect(await records()).toEqual(before);
    expect((await app.client.send('GET', '/v1/cache/k')).status).toBe(200);
  });

  it('that is refused for itself leaves no record', async () => {
    app = await startApp();
    const statuses = [
      await admin('POST', '/tenants', { id: 'default' }),
      await admin('PATCH', '/tenants/absent', { name: 'x' }),
      await admin('PATCH', '/tenants/absent/limits', { entries: 1 }),
      await admin('DELETE', '/tenants/absent'),
      await admin('POST', '/tenants/default/flush', { confirm: 'x' }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([409, 404, 404, 404, 400]);
    const { data } = JSON.parse((await admin('GET', '/audit')).body.toString());
    expect(data).toEqual([]);
  });

  it('keeps its record where the store failed and may have done it', async () => {
    const store = memoryMapStore();
    let isBroken = false;
    const failing: Store = {
      ...store,
      modify: (...given) => (isBroken ? Promise.reject(new StoreError('map', 'It is gone.')) : store.modify(...given)),
    };
    app = await startApp({ store: failing });
    await admin('PATCH', '/tenants/default', { name: 'w' });
    isBroken = true;
    expect((await admin('PATCH', '/tenants/default', { name: 'x' })).status).toBe(503);
    const { data } = JSON.parse((await admin('GET', '/audit')).body.toString());
    expect(data).toMatchObject([
      { action: 'tenant.change', target: { tenant: 'default' }, requestId: expect.any(String) },
      { action: 'tenant.change' },
    ]);
  });

  it('is shown to admins alone', async () => {
    app = await startApp();
    const made = await admin('POST', '/tenants/default/keys', { name: 'k', scopes: ['cache:read', 'usage:read'] });
    const { key } = JSON.parse(made.body.toString());
    const answer = await fetch(`http://127.0.0.1:${app.port}/admin/v1/audit`, { headers: { 'X-API-Key': key } });
    expect(answer.status).toBe(403);
  });
});
