import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';

export function describeConditionsAndLives({ call }: RestContext): void {
  it('conditional requests follow RFC 9110', async () => {
    const first = await call('PUT', '/v1/cache/k', 'one', { 'If-None-Match': '*' });
    const etag = String(first.headers.etag);
    expect(first.status).toBe(201);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-None-Match': '*' })).status).toBe(412);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-None-Match': etag })).status).toBe(304);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-None-Match': `"x", W/${etag}` })).status).toBe(304);
    expect((await call('GET', '/v1/cache/k', undefined, { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': `W/${etag}` })).status).toBe(412);
    expect((await call('DELETE', '/v1/cache/k', undefined, { 'If-Match': '"x"' })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/k', 'two', { 'If-Match': etag })).status).toBe(204);
    expect((await call('PUT', '/v1/cache/k', 'three', { 'If-Match': etag })).status).toBe(412);
    expect((await call('PUT', '/v1/cache/absent', 'x', { 'If-Match': '*' })).status).toBe(412);
    expect((await call('GET', '/v1/cache/k')).body.toString()).toBe('two');
  });

  it('a ttl is whole seconds from the query, the field or the envelope; without one it is thirty days', async () => {
    expect((await call('PUT', '/v1/cache/a?ttl=60', 'x')).headers['cache-ttl']).toBe('60');
    expect((await call('PUT', '/v1/cache/b', 'x', { 'Cache-TTL': '61' })).headers['cache-ttl']).toBe('61');
    expect((await call('PUT', '/v1/cache/c?ttl=62', 'x', { 'Cache-TTL': '62' })).headers['cache-ttl']).toBe('62');
    expect((await call('PUT', '/v1/cache/d', 'x')).headers['cache-ttl']).toBe(String(30 * 86_400));
    expect((await call('GET', '/v1/cache/a')).headers['cache-ttl']).toBe('60');
  });
}
