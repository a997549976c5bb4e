import { type Cache, type Clock, createCache, type Store } from '@larder/cache';
import { fakeClock, memoryMapStore } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliveryQueue, type DeliveryQueue } from '../../../src/modules/webhooks/delivery-queue.js';
import { createDeliveryWorker, type DeliveryWorker } from '../../../src/modules/webhooks/delivery-worker.js';
import type { Posting, PostResult } from '../../../src/modules/webhooks/send-delivery.js';
import { createWebhookRecords } from '../../../src/modules/webhooks/webhook-records.js';

const webhook = 'wh_1';
const record = { id: webhook, tenant: 'shop', url: 'https://hooks.example/', events: ['expiry'], secret: 's', createdAt: 0 } as const; // biome-ignore format: a record

let clock: ReturnType<typeof fakeClock>;
let store: Store;
let queue: DeliveryQueue;
let control: Cache;
let sent: string[];
let isRunning: boolean;
let overlaps: number;
let answer: (posting: Posting) => PostResult | Promise<PostResult>;
const workers: DeliveryWorker[] = [];
const caches: Cache[] = [];

const settled = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** What a process of the service has; all of them are on one store. */
function startProcess() {
  let isDead = false;
  const ownClock: Clock = {
    ...clock,
    schedule: (task, delay) =>
      clock.schedule(() => {
        if (!isDead) task();
      }, delay),
  };
  const ownControl = createCache({
    namespace: 'control',
    store,
    clock: ownClock,
    memory: false,
    onStoreError: 'throw',
  });
  const gaveUp: string[] = [];
  const failed: unknown[] = [];
  const worker = createDeliveryWorker({
    control: ownControl,
    records: createWebhookRecords(ownControl),
    queue: createDeliveryQueue(ownControl, 3),
    timers: ownClock,
    now: clock.now,
    random: () => 1,
    async send(posting) {
      if (isRunning) overlaps++;
      isRunning = true;
      sent.push(JSON.parse(posting.body));
      const result = await answer(posting);
      isRunning = false;
      return result;
    },
    gaveUp: (_, reason) => gaveUp.push(reason),
    failed: (error) => failed.push(error),
  });
  workers.push(worker);
  caches.push(ownControl);
  const die = () => {
    isDead = true;
    workers.splice(workers.indexOf(worker), 1);
    caches.splice(caches.indexOf(ownControl), 1);
  };
  return { worker, gaveUp, failed, die };
}

const add = (id: string) => queue.add(webhook, { id, body: JSON.stringify(id) }, clock.now());
const waiting = async () => (await queue.read(webhook))?.deliveries.map(({ id }) => id);

beforeEach(async () => {
  clock = fakeClock();
  store = memoryMapStore();
  control = createCache({ namespace: 'control', store, clock, memory: false });
  caches.push(control);
  queue = createDeliveryQueue(control, 3);
  sent = [];
  isRunning = false;
  overlaps = 0;
  answer = () => ({ ok: true });
  await queue.open(webhook);
  await createWebhookRecords(control).create(record);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
});

describe('what waits for a webhook', () => {
  it('is sent in its order, and is then gone with its bodies', async () => {
    const { worker } = startProcess();
    for (const id of ['a', 'b', 'c']) expect(await add(id)).toBe('queued');
    worker.wake(webhook);
    await settled();
    expect([sent, await waiting()]).toEqual([['a', 'b', 'c'], []]);
    expect((await queue.read(webhook))?.latest).toEqual({ at: clock.now() });
    const left = [];
    for await (const key of control.keys({ prefix: 'webhook-delivery/' })) left.push(key);
    expect(left).toEqual([]);
  });

  it('is bounded: what comes when it is full is lost, and counted', async () => {
    for (const id of ['a', 'b', 'c']) await add(id);
    expect([await add('d'), await add('a')]).toEqual(['full', 'known']);
    expect(await queue.read(webhook)).toMatchObject({ lost: 1 });
    expect(await queue.body(webhook, 'd')).toBeUndefined();
  });

  it('is nothing for a webhook that was removed', async () => {
    await add('a');
    await queue.close(webhook);
    expect(await add('b')).toBe('no-webhook');
    expect([await queue.body(webhook, 'a'), await queue.body(webhook, 'b')]).toEqual([undefined, undefined]);
  });
});

describe('a delivery that fails', () => {
  it('is sent again after growing pauses, under its id, while newer ones are not held up', async () => {
    const { worker } = startProcess();
    answer = ({ body }) => (body === '"a"' ? { ok: false, reason: 'it answered 500' } : { ok: true });
    await add('a');
    await add('b');
    worker.wake(webhook);
    await settled();
    expect(sent).toEqual(['a', 'b']);
    expect((await queue.read(webhook))?.deliveries).toEqual([{ id: 'a', attempts: 1, nextAt: clock.now() + 5_000 }]);
    for (const pause of [5_000, 10_000, 20_000]) {
      const before = sent.length;
      clock.advance(pause - 1);
      await settled();
      expect(sent.length).toBe(before);
      clock.advance(1);
      await settled();
      expect(sent.slice(before)).toEqual(['a']);
    }
    answer = () => ({ ok: true });
    clock.advance(40_000);
    await settled();
    expect(await waiting()).toEqual([]);
  });

  it('is given up after about an hour, and counted', async () => {
    const { worker, gaveUp } = startProcess();
    answer = () => ({ ok: false, reason: 'it answered 500' });
    await add('a');
    worker.wake(webhook);
    await settled();
    const begin = clock.now();
    while ((await waiting())?.length === 1) {
      clock.advance(5_000);
      await settled();
      expect(clock.now() - begin).toBeLessThan(2 * 3_600_000);
    }
    expect(clock.now() - begin).toBeGreaterThan(45 * 60_000);
    expect([sent.length, gaveUp, (await queue.read(webhook))?.lost]).toEqual([12, ['it answered 500'], 1]);
  });
});

describe('several processes', () => {
  it('never send to one webhook at the same time', async () => {
    const processes = [startProcess(), startProcess(), startProcess()];
    answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { ok: true };
    };
    for (const id of ['a', 'b', 'c']) {
      await add(id);
      for (const { worker } of processes) worker.wake(webhook);
    }
    await settled();
    for (const { worker } of processes) worker.wake(webhook);
    await settled();
    expect([overlaps, sent]).toEqual([0, ['a', 'b', 'c']]);
  });

  it('send what one left behind that died while it sent', async () => {
    const dead = startProcess();
    answer = () => new Promise(() => {});
    await add('a');
    dead.worker.wake(webhook);
    await settled();
    // It has the lease, and extends it no more.
    dead.die();
    isRunning = false;
    const { worker } = startProcess();
    answer = () => ({ ok: true });
    worker.wake(webhook);
    await settled();
    expect(sent).toEqual(['a']);
    clock.advance(16_000);
    worker.wake(webhook);
    await settled();
    expect([sent, await waiting()]).toEqual([['a', 'a'], []]);
  });

  it('that are closed while they send leave the delivery to the next', async () => {
    const first = startProcess();
    answer = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted' })));
    await add('a');
    first.worker.wake(webhook);
    await settled();
    await first.worker.close();
    expect((await queue.read(webhook))?.deliveries).toEqual([{ id: 'a', attempts: 0, nextAt: clock.now() }]);
    const { worker } = startProcess();
    answer = () => ({ ok: true });
    worker.wake(webhook);
    await settled();
    expect([sent, await waiting()]).toEqual([['a', 'a'], []]);
  });
});
