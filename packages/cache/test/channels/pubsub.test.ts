import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import { createCache } from '../../src/cache/create-cache.js';
import type { BusListener, BusTransport } from '../../src/contracts/bus.js';
import type { Cache } from '../../src/contracts/cache.js';
import {
  BusError,
  ClosedError,
  InvalidKeyError,
  InvalidOptionError,
  UnsupportedByStoreError,
  UnsupportedValueError,
} from '../../src/errors.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { fakeClock, memoryMapStore } from '../../src/testing/index.js';
import { keptValues } from '../codecs/kept-values.js';
import { refusedValues } from '../codecs/refused-values.js';
import { expectSame } from '../codecs/same-value.js';

const open: Cache[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
});

function cacheWith(options: CreateCacheOptions = {}): Cache {
  const cache = createCache(options);
  open.push(cache);
  return cache;
}

/** Until all that the bus has to carry has arrived. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function listenTo(cache: Cache, channel = 'news'): unknown[] {
  const heard: unknown[] = [];
  cache.subscribe(channel, (message) => heard.push(message));
  return heard;
}

describe('a message', () => {
  let bus: BusTransport;
  let here: Cache;
  let there: Cache;
  beforeEach(async () => {
    bus = inProcessBus({ deliver: queueMicrotask });
    [here, there] = [cacheWith({ bus }), cacheWith({ bus })];
    await settled();
  });

  it('reaches the subscribers of its channel in every cache on the bus, and its own, once each', async () => {
    const ears = [here, here, there, cacheWith({ bus })].map((cache) => listenTo(cache));
    await settled();
    await here.publish('news', { id: 1 });
    await settled();
    for (const heard of ears) expect(heard).toEqual([{ id: 1 }]);
  });

  it('reaches no other channel, and no other namespace', async () => {
    const user = there.namespace('user');
    const ears = [listenTo(there, 'other'), listenTo(user), listenTo(there, 'new'), listenTo(there, 'news1')];
    const inNamespace = listenTo(there.namespace('user').namespace('a'));
    await here.publish('news', 1);
    await here.namespace('user').namespace('a').publish('news', 2);
    await settled();
    expect(ears).toEqual([[], [], [], []]);
    expect(inNamespace).toEqual([2]);
  });

  it('comes in the order in which its sender published, also in between the listeners of a process', async () => {
    const ears = [here, there].map((cache) => listenTo(cache));
    const numbers = Array.from({ length: 500 }, (_, at) => at);
    await Promise.all(numbers.map((number) => here.publish('news', number)));
    await settled();
    for (const heard of ears) expect(heard).toEqual(numbers);
  });

  it('comes after the news of a write that was done before it', async () => {
    const store = memoryMapStore();
    const [writer, reader] = [cacheWith({ bus, store }), cacheWith({ bus, store })];
    await settled();
    await writer.set('k', 'old');
    await settled();
    expect(await reader.get('k')).toBe('old');
    const seen = new Promise((resolve) => reader.subscribe('changed', (key) => resolve(reader.get(key as string))));
    await writer.set('k', 'new');
    await writer.publish('changed', 'k');
    expect(await seen).toBe('new');
  });

  it.each(keptValues())('may be %s, which comes as it was published', async (_, value) => {
    const ears = [here, there].map((cache) => listenTo(cache));
    await here.publish('news', value);
    await settled();
    for (const heard of ears) {
      expect(heard).toHaveLength(1);
      expectSame(heard[0], value);
    }
  });

  it.each(refusedValues())('may not be %s', async (_, value) => {
    const heard = listenTo(there);
    await expect(here.publish('news', value)).rejects.toThrow(UnsupportedValueError);
    await settled();
    expect(heard).toEqual([]);
  });

  it('is what it was when it was published, and no listener changes what another one gets', async () => {
    const message = { name: 'before', seen: new Set<string>() };
    const sets: Set<string>[] = [];
    for (const cache of [here, here, there, there]) {
      cache.subscribe<typeof message>('news', (each) => {
        expect(each.name).toBe('before');
        expect(Object.isFrozen(each)).toBe(true);
        expect(each.seen.size).toBe(0);
        each.seen.add('touched');
        sets.push(each.seen);
      });
    }
    const published = here.publish('news', message);
    message.name = 'after';
    await published;
    await settled();
    expect(new Set(sets).size).toBe(4);
  });

  it('is not kept for who subscribes later', async () => {
    await here.publish('news', 'early');
    await settled();
    const heard = listenTo(there);
    await here.publish('news', 'late');
    await settled();
    expect(heard).toEqual(['late']);
  });

  it.each([true, false])('has to fit into one frame, with a bus or without: %s', async (hasBus) => {
    const cache = hasBus ? here : cacheWith();
    const heard = listenTo(cache);
    const long = cache.publish('news', 'x'.repeat(70_000));
    await expect(long).rejects.toThrow(
      /^A message has at most 65\d{3} bytes, and this has 70\d{3}: keep it in the cache, and publish its key\.$/,
    );
    await expect(long).rejects.toThrow(InvalidOptionError);
    await cache.publish('news', 'x'.repeat(65_000));
    expect(heard).toHaveLength(1);
  });
});

describe('a subscriber', () => {
  it('hears of no bus what is published in its own process', async () => {
    const cache = cacheWith();
    const heard = listenTo(cache);
    await cache.publish('news', 1);
    expect(heard).toEqual([1]);
  });

  it('is taken off by the answer of subscribe, by its signal, and each time for itself', async () => {
    const cache = cacheWith();
    const heard: unknown[] = [];
    const listener = (message: unknown) => heard.push(message);
    const stop = cache.subscribe('news', listener);
    const control = new AbortController();
    cache.subscribe('news', listener, { signal: control.signal });
    cache.subscribe('news', listener, { signal: AbortSignal.abort() });
    await cache.publish('news', 1);
    expect(heard.splice(0)).toEqual([1, 1]);
    stop();
    stop();
    await cache.publish('news', 2);
    expect(heard.splice(0)).toEqual([2]);
    control.abort();
    await cache.publish('news', 3);
    expect(heard).toEqual([]);
  });

  it('that comes or goes while a message is told', async () => {
    const cache = cacheWith();
    const heard: string[] = [];
    cache.subscribe('news', () => {
      heard.push('first');
      stopSecond();
      cache.subscribe('news', () => heard.push('new'));
    });
    const stopSecond = cache.subscribe('news', () => heard.push('second'));
    await cache.publish('news', 1);
    expect(heard).toEqual(['first']);
  });

  it('that throws, or rejects, harms neither the others nor the sender', async () => {
    const bus = inProcessBus({ deliver: queueMicrotask });
    const [here, there] = [cacheWith({ bus }), cacheWith({ bus })];
    await settled();
    for (const cache of [here, there]) {
      cache.subscribe('news', () => {
        throw new Error('thrown');
      });
      cache.subscribe('news', () => Promise.reject(new Error('rejected')));
    }
    const ears = [here, there].map((cache) => listenTo(cache));
    await here.publish('news', 1);
    await settled();
    for (const heard of ears) expect(heard).toEqual([1]);
  });

  it('hears nothing after close, which publish and subscribe refuse', async () => {
    const bus = inProcessBus({ deliver: queueMicrotask });
    const [here, there] = [cacheWith({ bus }), cacheWith({ bus })];
    await settled();
    const heard = listenTo(here);
    const closing = here.close();
    await there.publish('news', 1);
    await closing;
    expect(heard).toEqual([]);
    await expect(here.publish('news', 1)).rejects.toThrow(ClosedError);
    expect(() => here.subscribe('news', () => {})).toThrow(ClosedError);
  });

  it('is told what is wrong with a call', async () => {
    const cache = cacheWith();
    const listen = () => {};
    expect(() => cache.subscribe('', listen)).toThrow(InvalidKeyError);
    await expect(cache.publish('', 1)).rejects.toThrow(InvalidKeyError);
    await expect(cache.publish(7 as never, 1)).rejects.toThrow(InvalidKeyError);
    expect(() => cache.subscribe('news', undefined as never)).toThrow(/takes the name of a channel and a function/);
    expect(() => cache.subscribe('news', listen, { signl: 1 } as never)).toThrow(/has no option 'signl'/);
    expect(() => cache.subscribe('news', listen, { signal: 1 as never })).toThrow(/signal is no AbortSignal/);
    expect(() => cache.subscribe('news', listen, { missed: 1 as never })).toThrow(/missed is no function/);
  });

  it('is refused where others share the store, and nothing would tell them', async () => {
    const store = memoryMapStore();
    const shared = { ...store, capabilities: { ...store.capabilities, shared: true } };
    const apart = cacheWith({ store: shared });
    await expect(apart.publish('news', 1)).rejects.toThrow(UnsupportedByStoreError);
    expect(() => apart.subscribe('news', () => {})).toThrow(/this cache has no bus to tell them: give createCache one/);
    await cacheWith({ store: shared, bus: inProcessBus() }).publish('news', 1);
  });
});

/** A bus of which a test says what it carries. */
function heldBus() {
  let listener: BusListener | undefined;
  const held = { refuses: false, loses: false, listener: () => listener as BusListener };
  const inner = inProcessBus({ deliver: (delivery) => queueMicrotask(() => held.loses || delivery()) });
  const transport: BusTransport = {
    name: 'held',
    open(given) {
      listener = given;
      const connection = inner.open(given);
      return {
        publish: (frame) => (held.refuses ? Promise.reject(new Error('away')) : connection.publish(frame)),
        close: () => connection.close(),
      };
    },
  };
  return { held, transport };
}

describe('a bus that fails', () => {
  const step = async (clock: { advance(millis: number): void }, millis: number) => {
    for (let at = 0; at < millis; at += 250) {
      clock.advance(250);
      await settled();
    }
  };

  it.each(['degrade', 'throw'] as const)(
    'has publish reject, nobody hear it, and nothing come later: onStoreError %s',
    async (onStoreError) => {
      const { held, transport } = heldBus();
      const clock = fakeClock();
      const cache = cacheWith({ bus: transport, onStoreError, clock });
      await settled();
      const heard = listenTo(cache);
      held.refuses = true;
      await expect(cache.publish('news', 'lost')).rejects.toThrow(BusError);
      await expect(cache.publish('news', 'lost')).rejects.toThrow(BusError);
      held.refuses = false;
      await step(clock, 1_000);
      await cache.publish('news', 'told');
      await settled();
      expect(heard).toEqual(['told']);
    },
  );

  it('has those told who may have missed something, before the next message', async () => {
    const { held, transport } = heldBus();
    const clock = fakeClock();
    const [here, there] = [cacheWith({ bus: transport, clock }), cacheWith({ bus: transport, clock })];
    await settled();
    const told: unknown[] = [];
    there.subscribe('news', (message) => told.push(message), { missed: (reason) => told.push(`missed: ${reason}`) });
    there.subscribe('news', () => {}, {
      missed() {
        throw new Error('harms nobody');
      },
    });
    await here.publish('news', 1);
    await settled();
    held.loses = true;
    await here.publish('news', 2);
    await settled();
    held.loses = false;
    await here.publish('news', 3);
    await settled();
    expect(told).toEqual([1, 'missed: gap', 3]);
  });

  it('tells of an outage once, and of its end', async () => {
    const { held, transport } = heldBus();
    const clock = fakeClock();
    const cache = cacheWith({ bus: transport, clock });
    const told: unknown[] = [];
    cache.subscribe('news', () => {}, { missed: (reason) => told.push(reason) });
    await settled();
    expect(told.splice(0)).toEqual(['connected']);
    held.listener().disconnected();
    await step(clock, 3_000);
    held.listener().connected();
    await settled();
    expect(told).toEqual(['disconnected', 'connected']);
  });

  it('says nothing of messages when only the store tells of records', async () => {
    const { held, transport } = heldBus();
    const cache = cacheWith({ bus: transport, store: memoryMapStore() });
    await settled();
    const told: unknown[] = [];
    cache.subscribe('news', () => {}, { missed: (reason) => told.push(reason) });
    held.listener().storeWrote(['#:t']);
    expect(told).toEqual([]);
  });
});

describe('a cache that encrypts', () => {
  const key = (id: string, byte: number) => ({
    id,
    secret: Buffer.from(Array.from({ length: 32 }, (_, at) => at + byte)),
  });
  const secret = 'a word that nobody may read';

  /** Caches on one bus, and all that went over it. */
  function encrypting(...encryptions: CreateCacheOptions['encryption'][]) {
    const frames: Buffer[] = [];
    const inner = inProcessBus({ deliver: queueMicrotask });
    const bus: BusTransport = {
      name: 'watched',
      open(listener) {
        const connection = inner.open(listener);
        return {
          publish(frame) {
            frames.push(Buffer.from(frame));
            return connection.publish(frame);
          },
          close: () => connection.close(),
        };
      },
    };
    const caches = encryptions.map((encryption) =>
      cacheWith({ bus, store: memoryMapStore(), ...(encryption === undefined ? {} : { encryption }) }),
    );
    return { caches, frames };
  }

  it('encrypts what it publishes', async () => {
    const keys = [key('new', 1), key('old', 2)] as const;
    const { caches, frames } = encrypting({ keys }, { keys: [keys[1], keys[0]] });
    await settled();
    const ears = caches.map((cache) => listenTo(cache));
    await caches[0]?.publish('news', { secret, at: new Date(0) });
    await caches[1]?.publish('news', Buffer.from(secret));
    await settled();
    for (const heard of ears) expect(heard).toEqual([{ secret, at: new Date(0) }, Buffer.from(secret)]);
    expect(Buffer.concat(frames).includes('news')).toBe(true);
    expect(Buffer.concat(frames).includes(secret)).toBe(false);
  });

  it('tells a subscriber who has not the key, or who refuses what is not encrypted, that something was missed', async () => {
    const sealed = { keys: [key('a', 1)] } as const;
    const { caches } = encrypting(sealed, undefined, { ...sealed, unencrypted: 'refuse' });
    await settled();
    const told = caches.map((cache) => {
      const each: unknown[] = [];
      cache.subscribe('news', (message) => each.push(message), { missed: (reason) => each.push(reason) });
      return each;
    });
    await caches[0]?.publish('news', 'sealed');
    await caches[1]?.publish('news', 'plain');
    await settled();
    expect(told).toEqual([
      ['sealed', 'plain'],
      ['unreadable', 'plain'],
      ['sealed', 'unreadable'],
    ]);
  });
});
