import { describe, expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeAudit({ call, callJson, json }: RestContext): void {
  const audit = async (query: string) => json(await call('GET', `/admin/v1/audit?${query}`));

  describe('GET /admin/v1/audit', () => {
    it('tells who did what to which tenant, newest first, in pages', async () => {
      const tenant = `audited ${Math.random()}`;
      const path = `/admin/v1/tenants/${encodeURIComponent(tenant)}`;
      await callJson('POST', '/admin/v1/tenants', { id: tenant });
      await callJson('PATCH', path, { name: 'Audited' });
      await callJson('PATCH', `${path}/limits`, { concurrency: 5 });
      const made = json(await callJson('POST', `${path}/keys`, { name: 'k', scopes: ['cache:read'] }));
      const rotated = json(await callJson('POST', `${path}/keys/${made.id}/rotate`, { overlap: 60 }));
      await call('DELETE', `${path}/keys/${made.id}`);
      await callJson('POST', `${path}/flush`, { confirm: tenant });
      await call('DELETE', path);

      const query = `tenant=${encodeURIComponent(tenant)}`;
      const { data, nextCursor } = await audit(query);
      expect(data.map(({ action, target }: { action: string; target: object }) => [action, target])).toEqual([
        ['tenant.remove', { tenant }],
        ['tenant.flush', { tenant }],
        ['key.revoke', { tenant, keyId: made.id }],
        ['key.rotate', { tenant, keyId: made.id, newKeyId: rotated.id }],
        ['key.create', { tenant, keyId: made.id }],
        ['tenant.limits', { tenant }],
        ['tenant.change', { tenant }],
        ['tenant.create', { tenant }],
      ]);
      expect(nextCursor).toBeNull();
      for (const record of data) {
        expect(record.actor).toEqual({ tenant: 'default', keyId: 'bootstrap' });
        expect(Date.now() - Date.parse(record.at)).toBeLessThan(60_000);
      }
      expect(JSON.stringify(data)).not.toContain(made.key.slice(-40));

      const pages: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { data: unknown[]; nextCursor: string | null } = await audit(
          `${query}&limit=3&cursor=${cursor}`.replace(/&cursor=$/, ''),
        );
        expect(page.data.length).toBeLessThanOrEqual(3);
        pages.push(...page.data);
        cursor = page.nextCursor;
      }
      expect(pages).toEqual(data);
      expect((await audit(`${query}&action=key.revoke`)).data).toHaveLength(1);
    });

    it('has no record of a request that was refused', async () => {
      const refused = await callJson('POST', '/admin/v1/tenants', { id: 'default' });
      expect(refused.status).toBe(409);
      const { data } = await audit('action=tenant.create&tenant=default');
      expect(data.map(({ requestId }: { requestId: string }) => requestId)).not.toContain(json(refused).requestId);
    });

    it.each(['action=tenant.steal', 'limit=0', 'cursor=x', 'cursor=%00'])('refuses ?%s', async (query) => {
      expect((await call('GET', `/admin/v1/audit?${query}`)).status).toBe(400);
    });
  });
}
