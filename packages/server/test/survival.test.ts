import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpClient } from './support/http-client.js';
import { freePort, type ServiceProcess, startService } from './support/service-process.js';

const rounds = 5;
const writers = 16;

describe('the service on LMDB', () => {
  let folder = '';
  let service: ServiceProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-service-'));
  });
  afterEach(async () => {
    await service?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it(`has every write that was answered after each of ${rounds} kills under load`, async () => {
    const port = await freePort();
    const random = seededRandom(7);
    const acknowledged = new Map<string, string>();
    // A write that was cut off may have happened or not: either value is right until it is written again.
    const uncertain = new Map<string, string>();
    let increments = 0;
    let cutIncrements = 0;
    let writes = 0;

    for (let round = 0; round < rounds; round++) {
      service = await startService(`lmdb:${folder}`, { port });
      const { send, close } = httpClient(port);
      for (const [key, value] of acknowledged) {
        const { status, body } = await send('GET', `/v1/cache/${key}`);
        expect([status, [value, uncertain.get(key)]]).toEqual([200, expect.arrayContaining([body.toString()])]);
        acknowledged.set(key, body.toString());
      }
      uncertain.clear();
      if (round > 0) {
        const { body } = await send('GET', '/v1/cache/counter');
        expect(Number(body)).toBeGreaterThanOrEqual(increments);
        expect(Number(body)).toBeLessThanOrEqual(increments + cutIncrements);
        increments = Number(body);
        cutIncrements = 0;
      }

      let isDown = false;
      const writer = async (id: number) => {
        for (let turn = 0; !isDown; turn++) {
          const key = `w${id}-${turn % 50}`;
          const value = `${round}.${turn}`;
          try {
            if (turn % 10 === 0) {
              cutIncrements++;
              const { status } = await send('POST', '/v1/cache/counter/increment', {
                body: '{}',
                headers: { 'Content-Type': 'application/json' },
              });
              expect(status).toBe(200);
              cutIncrements--;
              increments++;
            } else {
              uncertain.set(key, value);
              const { status } = await send('PUT', `/v1/cache/${key}`, { body: value });
              expect([201, 204]).toContain(status);
              acknowledged.set(key, value);
              uncertain.delete(key);
            }
            writes++;
          } catch (error) {
            if (!isDown) throw error;
          }
        }
      };
      const load = Promise.all(Array.from({ length: writers }, (_, id) => writer(id)));
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * 700));
      isDown = true;
      await service.kill();
      await load;
      close();
    }
    expect(writes).toBeGreaterThan(500);
  }, 120_000);

  it('finishes what is under way on SIGTERM, takes nothing new, and ends with 0', async () => {
    service = await startService(`lmdb:${folder}`);
    const { send, close } = httpClient(service.port);
    const writes = Array.from({ length: 200 }, (_, at) => send('PUT', `/v1/cache/k${at}`, { body: `v${at}` }));
    await writes[0];
    const begun = performance.now();
    const exit = service.stop();
    const outcomes = await Promise.allSettled(writes);
    expect(await exit).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    close();

    service = await startService(`lmdb:${folder}`);
    const again = httpClient(service.port);
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status !== 'fulfilled' || outcome.value.status !== 201) continue;
      expect((await again.send('GET', `/v1/cache/k${at}`)).body.toString()).toBe(`v${at}`);
    }
    again.close();
  }, 60_000);
});
