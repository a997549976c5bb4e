import { type Store, StoreError } from '@larder/cache';
import { type ChaosStore, chaosStore, fakeClock, memoryMapStore, seededRandom } from '@larder/cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from './support/app-in-process.js';
import type { Answer } from './support/http-client.js';

const json = { headers: { 'Content-Type': 'application/json' } };
const problemOf = ({ status, body }: Answer) => ({ status, ...JSON.parse(body.toString()) });

describe('a store that fails', () => {
  let app: AppInProcess;
  afterEach(() => app.close());

  const startOnChaos = async (): Promise<ChaosStore> => {
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock: fakeClock() });
    app = await startApp({ store });
    return store;
  };

  it('is answered with 503 by every call, and is never taken for a miss', async () => {
    const store = await startOnChaos();
    await app.client.send('PUT', '/v1/cache/k', { body: '1' });
    store.become({ errorRate: 1 });
    const calls: readonly [string, string, { body?: string; headers?: Record<string, string> }?][] = [
      ['GET', '/v1/cache/k'],
      ['PUT', '/v1/cache/k', { body: 'x' }],
      ['POST', '/v1/cache/k', { body: '{"value": 1}', ...json }],
      ['PATCH', '/v1/cache/k', { body: '{"ttl": 5}', ...json }],
      ['DELETE', '/v1/cache/k'],
      ['GET', '/v1/cache/k/exists'],
      ['POST', '/v1/cache/k/increment'],
      ['GET', '/v1/keys'],
      ['DELETE', '/v1/keys?match=k*'],
      ['GET', '/readyz'],
    ];
    for (const [method, path, options] of calls) {
      const answer = await app.client.send(method, path, options);
      expect(problemOf(answer), `${method} ${path}`).toMatchObject({
        status: 503,
        code: 'store_unavailable',
        retryable: true,
      });
      expect(answer.headers['retry-after']).toBe('1');
    }
  });

  it('leaves /livez alone, and is forgotten once it works again', async () => {
    const store = await startOnChaos();
    store.become({ errorRate: 1 });
    expect((await app.client.send('GET', '/livez')).status).toBe(200);
    store.become({ errorRate: 0 });
    expect((await app.client.send('GET', '/readyz')).status).toBe(200);
    expect((await app.client.send('PUT', '/v1/cache/k', { body: 'x' })).status).toBe(201);
  });

  it('makes one operation of a batch fail, and says so in its result', async () => {
    const store = await startOnChaos();
    store.become({ errorRate: 1 });
    const body = JSON.stringify({ operations: [{ op: 'get', key: 'k' }] });
    const answer = await app.client.send('POST', '/v1/batch', { body, ...json });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString()).results).toEqual([
      { status: 503, code: 'store_unavailable', detail: expect.any(String), retryable: true },
    ]);
  });

  it('is logged with the request id that the answer names, and without key or value', async () => {
    const store = await startOnChaos();
    store.become({ errorRate: 1 });
    const answer = await app.client.send('PUT', '/v1/cache/secret-name', { body: 'secret-value' });
    const { requestId, detail } = problemOf(answer);
    expect(app.log).toHaveLength(1);
    expect(app.log[0]).toContain(requestId);
    expect(app.log[0]).not.toMatch(/secret-/);
    expect(detail).not.toMatch(/secret-|chaos/);
  });

  it('is answered with 507 where it is full, while reads and deletes go on', async () => {
    const store = { ...memoryMapStore() };
    await startOn(store);
    Object.assign(store, full(store));
    await app.tenant.entries.delete('k');
    expect(problemOf(await app.client.send('PUT', '/v1/cache/k', { body: 'x' }))).toMatchObject({
      status: 507,
      code: 'storage_quota',
    });
    expect((await app.client.send('GET', '/v1/cache/k')).status).toBe(404);
    expect((await app.client.send('DELETE', '/v1/cache/k')).status).toBe(204);
  });

  it('leaves readable what is in memory, and takes no write into memory that it did not take itself', async () => {
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock: fakeClock() });
    app = await startApp({ store, memory: { values: 'share' } });
    const answerFor = async (key: string) => {
      const { status, body } = await app.client.send('GET', `/v1/cache/${key}`);
      return status === 200 ? body.toString() : status;
    };
    for (const key of ['read', 'written']) await app.client.send('PUT', `/v1/cache/${key}`, { body: 'old' });
    store.become({ errorRate: 1 });
    expect(await answerFor('read')).toBe('old');
    expect((await app.client.send('PUT', '/v1/cache/written', { body: 'new' })).status).toBe(503);
    expect(await answerFor('written')).toBe(503);
    store.become({ errorRate: 0 });
    expect(await answerFor('written')).toBe('old');
  });

  const startOn = async (store: Store) => {
    app = await startApp({ store });
  };
});

function full(store: Store): Store {
  const refuse = async () => {
    throw new StoreError('full', 'No space left.', { code: 'LARDER_STORE_FULL' });
  };
  return { ...store, set: refuse, modify: refuse };
}
