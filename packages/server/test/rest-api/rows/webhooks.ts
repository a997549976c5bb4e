import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeWebhooks({ call, callJson, json, store }: RestContext): void {
  const terms = { tenant: 'default', url: 'https://93.184.216.34/hook', events: ['quota', 'key-expiry'] };

  it.skipIf(!store.lists)('/admin/v1/webhooks makes, lists, shows and removes webhooks', async () => {
    const made = await callJson('POST', '/admin/v1/webhooks', terms);
    expect(made.status).toBe(201);
    const { id, secret } = json(made);
    expect(secret).toMatch(/^whsec_/);
    const listed = json(await call('GET', '/admin/v1/webhooks'));
    expect(listed).toEqual({ data: [expect.objectContaining({ ...terms, id })], nextCursor: null });
    expect(json(await call('GET', `/admin/v1/webhooks/${id}`))).toMatchObject({ ...terms, id, waiting: 0 });
    expect((await call('DELETE', `/admin/v1/webhooks/${id}`)).status).toBe(204);
    expect((await call('GET', `/admin/v1/webhooks/${id}`)).status).toBe(404);
    expect(json(await call('GET', '/admin/v1/webhooks')).data).toEqual([]);
  });

  it('/admin/v1/webhooks refuses URLs that are not https, or lead to addresses that are not public', async () => {
    for (const url of [
      'http://93.184.216.34/',
      'https://127.0.0.1/',
      'https://localhost/',
      'https://[::ffff:10.0.0.1]/',
    ]) {
      const refused = await callJson('POST', '/admin/v1/webhooks', { ...terms, url });
      expect([url, refused.status, json(refused).code]).toEqual([url, 400, 'invalid_body']);
    }
  });

  it.skipIf(!store.lists)('/admin/v1/webhooks takes expiry where the store can say what has expired', async () => {
    const answer = await callJson('POST', '/admin/v1/webhooks', { ...terms, events: ['expiry'] });
    expect(answer.status).toBe(store.tellsExpiry ? 201 : 501);
    if (store.tellsExpiry) await call('DELETE', `/admin/v1/webhooks/${json(answer).id}`);
  });
}
