import { beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoreCall } from '../../src/contracts/store.js';
import { StoreError } from '../../src/errors.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { CircuitBreaker } from '../../src/tiers/circuit-breaker.js';
import { StoreGate } from '../../src/tiers/store-gate.js';
import { deferred } from '../load/deferred.js';

const never = () => new Promise<never>(() => {});

describe('the gate before a store', () => {
  let clock: FakeClock;
  let breaker: CircuitBreaker;
  let gate: StoreGate;
  const gateTo = (store: Store): StoreGate => new StoreGate({ store, clock, timeout: 100, breaker });
  beforeEach(() => {
    clock = fakeClock();
    breaker = new CircuitBreaker({ failures: 2, pause: 1_000, changed: () => {} });
    gate = gateTo(memoryMapStore());
  });

  it('hands on what the store answers, and leaves no timer', async () => {
    expect(await gate.call(async (_, { now }) => now)).toEqual({ ok: true, value: clock.now() });
    expect(clock.pendingTasks()).toBe(0);
  });

  it('turns a rejection, a throw, and a thrown thing that is no error into failures', async () => {
    const error = new StoreError('test', 'down');
    expect(await gate.call(() => Promise.reject(error))).toEqual({ ok: false, error });
    const thrown = await gate.call(() => {
      throw error;
    });
    expect(thrown).toEqual({ ok: false, error });
    breaker.succeeded();
    const odd = await gate.call(() => Promise.reject('text'));
    expect(odd).toMatchObject({ ok: false, error: { message: 'text', code: 'LARDER_STORE_FAILED' } });
    expect(await gate.call(() => Promise.reject(undefined))).toMatchObject({ ok: false });
    expect(clock.pendingTasks()).toBe(0);
  });

  it('ends every call by its deadline, and aborts its signal then', async () => {
    const calls: StoreCall[] = [];
    const result = gate.call((_, call) => {
      calls.push(call);
      expect(call.signal?.aborted).toBe(false);
      return never();
    });
    clock.advance(99);
    expect(calls[0]?.signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await result).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_TIMEOUT' } });
    expect(calls[0]?.signal?.reason).toMatchObject({ code: 'LARDER_STORE_TIMEOUT' });
    expect(clock.pendingTasks()).toBe(0);
  });

  it('gives an aborted signal to a store that asks for it only then', async () => {
    const calls: StoreCall[] = [];
    const result = gate.call((_, call) => {
      calls.push(call);
      return never();
    });
    clock.advance(100);
    await result;
    expect(calls[0]?.signal?.aborted).toBe(true);
  });

  it('does not listen to what comes after the deadline, be it an answer or a failure', async () => {
    const late = deferred<string>();
    const lateToo = deferred<string>();
    const results = [gate.call(() => late.promise), gate.call(() => lateToo.promise)];
    clock.advance(100);
    await Promise.all(results);
    expect(gate.isAnswering).toBe(false);
    late.resolve('late');
    lateToo.reject(new Error('late'));
    await late.promise;
    expect(gate.isAnswering).toBe(false);
    expect(await gate.call(async () => 1)).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
  });

  it('makes no call while the breaker is open, and one after the pause', async () => {
    let calls = 0;
    const fail = () => {
      calls++;
      return Promise.reject(new StoreError('test', 'down'));
    };
    for (let count = 0; count < 5; count++) await gate.call(fail);
    expect(calls).toBe(2);
    clock.advance(1_000);
    const probe = deferred<string>();
    const probing = gate.call(() => probe.promise);
    expect(await gate.call(fail)).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
    probe.resolve('up');
    expect(await probing).toEqual({ ok: true, value: 'up' });
    expect(await gate.call(async () => 2)).toEqual({ ok: true, value: 2 });
    expect(calls).toBe(2);
  });

  it('takes a probe that hangs for a failure', async () => {
    for (let count = 0; count < 2; count++) await gate.call(() => Promise.reject(new StoreError('test', 'down')));
    clock.advance(1_000);
    const probing = gate.call(never);
    clock.advance(100);
    expect(await probing).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_TIMEOUT' } });
    expect(await gate.call(async () => 1)).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
    clock.advance(1_000);
    expect(await gate.call(async () => 1)).toEqual({ ok: true, value: 1 });
  });

  it.each(['LARDER_STORE_FAILED', 'LARDER_STORE_TIMEOUT', 'LARDER_STORE_IN_USE'] as const)(
    'takes %s for an outage: the store cannot be used',
    async (code) => {
      const error = new StoreError('test', 'away', { code });
      for (let count = 0; count < 2; count++)
        expect(await gate.call(() => Promise.reject(error))).toMatchObject({ error });
      expect(await gate.call(async () => 1)).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
    },
  );

  it.each([
    ['a full disk', new StoreError('test', 'full', { code: 'LARDER_STORE_FULL' })],
    ['a change that throws', new RangeError('the caller')],
  ])('takes %s for an answer: the store is there', async (_, error) => {
    for (let count = 0; count < 5; count++)
      expect(await gate.call(() => Promise.reject(error))).toMatchObject({ error });
    expect(gate.isAnswering).toBe(true);
  });

  it('sends large batches in portions, in order, each with a deadline of its own', async () => {
    const items = Array.from({ length: 2_500 }, (_, at) => at);
    const sizes: number[] = [];
    const result = await gate.callInPortions(items, async (_, portion) => {
      sizes.push(portion.length);
      clock.advance(90);
      return portion.map((item) => item * 2);
    });
    expect(result).toEqual({ ok: true, value: items.map((item) => item * 2) });
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('ends a large batch at the first portion that fails', async () => {
    let portions = 0;
    const result = await gate.callInPortions(new Array(3_000).fill(0), () => {
      portions++;
      return Promise.reject(new StoreError('test', 'down'));
    });
    expect([result.ok, portions]).toEqual([false, 1]);
  });

  describe('to a store that reads at once', () => {
    it('answers at once, and turns a throw into a failure', () => {
      const reading = gateTo({ ...memoryMapStore(), getNow: () => undefined });
      expect(reading.readNow((_, now) => now)).toEqual({ ok: true, value: clock.now() });
      const error = new StoreError('test', 'down');
      const fail = () => {
        throw error;
      };
      expect([reading.readNow(fail), reading.readNow(fail)]).toEqual([
        { ok: false, error },
        { ok: false, error },
      ]);
      expect(reading.readNow(() => 1)).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
    });

    it('takes "later" neither for a success of the store nor for a failure', async () => {
      const opening = gateTo({ ...memoryMapStore(), getNow: () => 'later' });
      for (let count = 0; count < 2; count++) {
        expect(opening.readNow(() => 'later')).toBeUndefined();
        await opening.call(() => Promise.reject(new StoreError('test', 'cannot be opened')));
        expect(opening.isAnswering).toBe(false);
      }
      expect(opening.readNow(() => 'later')).toMatchObject({ ok: false, error: { code: 'LARDER_STORE_UNAVAILABLE' } });
    });

    it('leaves the probe to the call that follows "later"', async () => {
      const opening = gateTo({ ...memoryMapStore(), getNow: () => 'later' });
      for (let count = 0; count < 2; count++) await opening.call(() => Promise.reject(new StoreError('test', 'down')));
      clock.advance(1_000);
      expect(opening.readNow(() => 'later')).toBeUndefined();
      expect(await opening.call(async () => 'up')).toEqual({ ok: true, value: 'up' });
      expect(await opening.call(async () => 'up')).toEqual({ ok: true, value: 'up' });
    });
  });
});
