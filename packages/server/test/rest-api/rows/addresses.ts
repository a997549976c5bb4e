import { expect, it } from 'vitest';
import { rawRequest } from '../../support/raw-request.js';
import { apiKey } from '../../support/service-process.js';
import type { RestContext } from '../rest-context.js';

export function describeAddresses({ call, json, service, store }: RestContext): void {
  it('/v1/b64/{base64url(key)} and /cache/{key} are the same entries', async () => {
    for (const key of ['.', '..', 'a/b', '{}%?#', 'é', 'e\u0301', 'x'.repeat(512)]) {
      const b64 = Buffer.from(key).toString('base64url');
      expect((await call('PUT', `/v1/b64/${b64}`, key)).status).toBe(201);
      for (const path of [`/v1/cache/${encodeURIComponent(key)}`, `/cache/${encodeURIComponent(key)}`]) {
        if (key === '.' || key === '..') continue;
        expect((await call('GET', path)).body.toString()).toBe(key);
      }
      expect(json(await call('GET', `/v1/b64/${b64}/exists`))).toEqual({ exists: true });
    }
    if (store.lists) expect(json(await call('GET', '/v1/keys')).keys).toHaveLength(7);
  });

  it('a key with an encoded slash never collides with a sub-resource', async () => {
    await call('PUT', '/v1/cache/a', 'short');
    await call('PUT', '/v1/cache/a%2Fexists', 'long');
    expect(json(await call('GET', '/v1/cache/a/exists'))).toEqual({ exists: true });
    expect((await call('GET', '/v1/cache/a%2Fexists')).body.toString()).toBe('long');
    expect((await call('GET', '/v1/cache/a%252Fexists')).status).toBe(404);
  });

  it('pipelined requests are answered in their order', async () => {
    await call('PUT', '/v1/cache/a', 'first');
    await call('PUT', '/v1/cache/b', 'second');
    const one = (key: string, close: string) =>
      `GET /v1/cache/${key} HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\n${close}\r\n`;
    const { body } = await rawRequest(service().port, one('a', '') + one('b', 'Connection: close\r\n'));
    expect(body.startsWith('first')).toBe(true);
  });
}
