import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeHealthAndMetrics({ call, service }: RestContext): void {
  it('/livez, /readyz and /metrics answer without a key, and metrics name no key', async () => {
    await call('PUT', '/v1/cache/secret-name', 'x');
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await fetch(`${service().base}${path}`)).status).toBe(200);
    const metrics = await (await fetch(`${service().base}/metrics`)).text();
    expect(metrics).toMatch(/^larder_hits_total \d+$/m);
    expect(metrics).not.toContain('secret-name');
  });
}
