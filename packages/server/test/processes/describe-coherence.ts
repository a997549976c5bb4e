import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Client } from '../support/http-client.js';

/** What another process may still answer with after an acknowledged write, in calm times. */
const bound = 1_000;
const json = { headers: { 'Content-Type': 'application/json' } };

interface TwoProcesses {
  /** Of one process each. */
  readonly clients: readonly [Client, Client];
  /** A client with this API key, of the second process. */
  clientWith(key: string): Client;
  stop(): Promise<void>;
}

interface Coherence {
  readonly name: string;
  readonly missing?: string | undefined;
  /** Entries are in the memory of each process. */
  readonly hasMemory: boolean;
  /** Within how many milliseconds all processes know of a change of API keys and tenants. */
  readonly controlBound: number;
  start(): Promise<TwoProcesses>;
}

/** What one process of the service knows of what was done through another. */
export function describeCoherence({ name, missing, hasMemory, controlBound, start }: Coherence): void {
  describe.skipIf(missing !== undefined)(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let running: TwoProcesses;
    let one: Client;
    let other: Client;
    beforeAll(async () => {
      running = await start();
      [one, other] = running.clients;
    });
    afterAll(() => running.stop());

    const outcomeOf = ({ status, body }: Answer) => (status === 200 ? body.toString() : status);
    const read = async (client: Client, key: string) => outcomeOf(await client.send('GET', `/v1/cache/${key}`));
    const admin = async (method: string, path: string, body?: unknown) => {
      const answer = await one.send(method, `/admin/v1${path}`, {
        ...json,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(answer.status).toBeLessThan(300);
      return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString());
    };
    const soon = (look: () => unknown) => expect.poll(look, { timeout: hasMemory ? bound : 0, interval: 2 });

    if (hasMemory) {
      it('a write, a delete and a flush through one is seen by the other within a second', async () => {
        for (let round = 0; round < 50; round++) {
          await one.send('PUT', '/v1/cache/k', { body: `v${round}` });
          await soon(() => read(other, 'k')).toBe(`v${round}`);
        }
        await one.send('DELETE', '/v1/cache/k');
        await soon(() => read(other, 'k')).toBe(404);
        await one.send('PUT', '/v1/cache/k', { body: 'v' });
        await soon(() => read(other, 'k')).toBe('v');
        await admin('POST', '/tenants/default/flush', { confirm: 'default' });
        await soon(() => read(other, 'k')).toBe(404);
      });

      it('each sees its own writes at once', async () => {
        for (let round = 0; round < 200; round++) {
          await one.send('PUT', '/v1/cache/own', { body: `v${round}` });
          expect(await read(one, 'own')).toBe(`v${round}`);
        }
      });
    } else {
      it('a write, a delete and a flush through one is seen by the other at once', async () => {
        for (let round = 0; round < 200; round++) {
          await one.send('PUT', '/v1/cache/k', { body: `v${round}` });
          expect(await read(other, 'k')).toBe(`v${round}`);
        }
        await one.send('DELETE', '/v1/cache/k');
        expect(await read(other, 'k')).toBe(404);
        await one.send('PUT', '/v1/cache/k', { body: 'v' });
        await admin('POST', '/tenants/default/flush', { confirm: 'default' });
        expect(await read(other, 'k')).toBe(404);
      });
    }

    it('conditions of writes are judged by what is stored, whatever either has in memory', async () => {
      const patch = (client: Client, headers: Record<string, string>) =>
        client.send('PATCH', '/v1/cache/c', { body: '{"ttl": 60}', headers: { ...json.headers, ...headers } });
      const merge = (client: Client, headers: Record<string, string>) =>
        client.send('PATCH', '/v1/cache/j', {
          body: '{"a": 1}',
          headers: { 'Content-Type': 'application/merge-patch+json', ...headers },
        });
      for (let round = 0; round < 50; round++) {
        await one.send('PUT', '/v1/cache/j', { body: '{}' });
        await read(one, 'j');
        const document = await other.send('PUT', '/v1/cache/j', { body: '{"b": 2}' });
        expect((await merge(one, { 'If-Match': String(document.headers.etag) })).status).toBe(200);
        await one.send('PUT', '/v1/cache/c', { body: 'v' });
        await read(one, 'c');
        const { headers } = await other.send('PUT', '/v1/cache/c', { body: 'from the other' });
        const condition = { 'If-Match': String(headers.etag) };
        expect((await patch(one, condition)).status).toBe(200);
        expect((await one.send('PUT', '/v1/cache/c', { body: 'right', headers: condition })).status).toBe(204);
        expect((await other.send('PUT', '/v1/cache/c', { body: 'late', headers: condition })).status).toBe(412);
        expect((await patch(other, condition)).status).toBe(412);
        expect((await other.send('DELETE', '/v1/cache/c', { headers: condition })).status).toBe(412);
        const made = await other.send('PUT', '/v1/cache/c', { body: 'v' });
        expect(
          (await one.send('DELETE', '/v1/cache/c', { headers: { 'If-Match': String(made.headers.etag) } })).status,
        ).toBe(204);
        expect((await other.send('PUT', '/v1/cache/c', { body: 'v', headers: { 'If-Match': '*' } })).status).toBe(412);
        expect((await patch(other, {})).status).toBe(404);
      }
    });

    it('increments through both are all counted', async () => {
      const increment = (client: Client) => client.send('POST', '/v1/cache/n/increment', { body: '{}', ...json });
      const clients = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? one : other));
      await Promise.all(clients.map(increment));
      expect(JSON.parse((await increment(one)).body.toString())).toEqual({ value: 201 });
    });

    it('an API key that is revoked through one is refused by the other', async () => {
      const { id, key } = await admin('POST', '/tenants/default/keys', { name: 'k', scopes: ['cache:read'] });
      const caller = running.clientWith(key);
      expect(await read(caller, 'none')).toBe(404);
      const revoked = performance.now();
      await admin('DELETE', `/tenants/default/keys/${id}`);
      await expect.poll(() => read(caller, 'none'), { timeout: controlBound, interval: 2 }).toBe(401);
      expect(performance.now() - revoked).toBeLessThan(controlBound + 500);
      caller.close();
    });

    it('an API key that is rotated through one without overlap is refused by the other, which takes the new one', async () => {
      const { id, key } = await admin('POST', '/tenants/default/keys', { name: 'k', scopes: ['cache:read'] });
      const caller = running.clientWith(key);
      expect(await read(caller, 'none')).toBe(404);
      const rotated = await admin('POST', `/tenants/default/keys/${id}/rotate`, { overlap: 0 });
      const next = running.clientWith(rotated.key);
      expect(await read(next, 'none')).toBe(404);
      await expect.poll(() => read(caller, 'none'), { timeout: controlBound, interval: 2 }).toBe(401);
      caller.close();
      next.close();
    });

    it('limits that are changed through one are those of the other', async () => {
      const lifeOfNew = async () => (await other.send('PUT', '/v1/cache/life', { body: 'x' })).headers['cache-ttl'];
      for (const defaultTtl of [77, 88]) {
        await admin('PATCH', '/tenants/default/limits', { defaultTtl });
        await expect.poll(lifeOfNew, { timeout: controlBound, interval: 2 }).toBe(String(defaultTtl));
      }
    });
  });
}
