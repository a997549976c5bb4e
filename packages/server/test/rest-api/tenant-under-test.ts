import { expect } from 'vitest';
import type { Answer } from '../support/http-client.js';
import type { RestContext } from './rest-context.js';

/** A tenant of its own, with limits and a key of its own that has every scope but that of administration. */
export interface TenantUnderTest {
  readonly id: string;
  call(method: string, path: string, body?: string): Promise<Answer>;
}

let made = 0;

export async function tenantWith(context: RestContext, limits: object): Promise<TenantUnderTest> {
  const { callJson, json, service } = context;
  const id = `tenant-${++made}`;
  expect((await callJson('POST', '/admin/v1/tenants', { id, limits })).status).toBe(201);
  const scopes = ['cache:read', 'cache:write', 'cache:delete', 'cache:list', 'usage:read'];
  const { key } = json(await callJson('POST', `/admin/v1/tenants/${id}/keys`, { name: 'k', scopes }));
  return {
    id,
    async call(method, path, body) {
      const type = path.startsWith('/v1/batch')
        ? 'application/json'
        : method === 'PATCH'
          ? 'application/merge-patch+json'
          : 'text/plain';
      const answer = await fetch(`${service().base}${path}`, {
        method,
        headers: { 'X-API-Key': key, ...(body === undefined ? {} : { 'Content-Type': type }) },
        ...(body === undefined ? {} : { body }),
      });
      const headers = Object.fromEntries(answer.headers);
      return { status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) };
    },
  };
}
