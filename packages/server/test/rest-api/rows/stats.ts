import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeStats({ call, json }: RestContext): void {
  it('GET /v1/stats counts what this tenant did', async () => {
    const before = json(await call('GET', '/v1/stats'));
    await call('PUT', '/v1/cache/k', 'x');
    await call('GET', '/v1/cache/k');
    await call('GET', '/v1/cache/absent');
    await call('DELETE', '/v1/cache/k');
    const after = json(await call('GET', '/v1/stats'));
    const gained = (name: string) => after[name] - before[name];
    expect(['hits', 'misses', 'writes', 'deletes'].map(gained)).toEqual([1, 1, 1, 1]);
  });
}
