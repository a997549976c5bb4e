import { expect, it } from 'vitest';
import { apiKey } from '../../support/service-process.js';
import type { RestContext } from '../rest-context.js';

export function describeAuthentication({ call, service }: RestContext): void {
  it('authentication takes Bearer or X-API-Key', async () => {
    await call('PUT', '/v1/cache/k', 'x');
    const answer = await fetch(`${service().base}/v1/cache/k`, { headers: { 'X-API-Key': apiKey } });
    expect(answer.status).toBe(200);
    const refused = await fetch(`${service().base}/v1/cache/k`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="larder"']);
  });
}
