import { BusError, type Cache, createCache, inProcessBus } from '@larder/cache';
import { fakeClock } from '@larder/cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type ExpiryRelay, relayExpiries } from '../../../src/modules/events/expiry-relay.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const settled = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A process of the service, of which only the bus and the expiries of its memory are of interest. */
function startProcess(bus = inProcessBus(), clock = fakeClock()) {
  const entries = createCache({ namespace: 'tenants', bus, clock });
  const heard: [string, readonly string[]][] = [];
  const missed: string[] = [];
  const expired: [string, readonly string[]][] = [];
  const publishing = { fails: false, times: 0 };
  const failing: Cache = new Proxy(entries, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'publish') return member.bind(target);
      return async (channel: string, message: unknown) => {
        publishing.times++;
        if (publishing.fails) throw new BusError('The bus is away.');
        return target.publish(channel, message);
      };
    },
  });
  const relay: ExpiryRelay = relayExpiries({
    entries: failing,
    tellsExpiry: true,
    timers: clock,
    heard: (tenant, keys) => heard.push([tenant, keys]),
    missed: (tenant) => missed.push(tenant),
    expired: (tenant, keys) => expired.push([tenant, keys]),
  });
  opened.push(relay, entries);
  return { entries, clock, heard, missed, expired, publishing, relay };
}

/** Entries whose lives end at once, and the time for that to be found. */
async function expire({ entries, clock }: ReturnType<typeof startProcess>, tenant: string, keys: readonly string[]) {
  await entries.namespace(tenant).setMany(keys.map((key) => [key, 1] as const), { ttl: '1s' }); // biome-ignore format: pairs
  // In steps, so that the bus hears its own heartbeats.
  for (let step = 0; step < 12; step++) {
    clock.advance(100);
    await settled();
  }
}

describe('the end of an entry', () => {
  it('that one process is told is told to all, and to webhooks in that one alone', async () => {
    const bus = inProcessBus();
    const [one, other] = [startProcess(bus), startProcess(bus)];
    await settled();
    await expire(one, 'shop', ['a', 'b']);
    expect(one.heard.flatMap(([, keys]) => keys).sort()).toEqual(['a', 'b']);
    expect(other.heard.map(([tenant, keys]) => [tenant, [...keys].sort()])).toEqual([['shop', ['a', 'b']]]);
    expect([one.expired.length, other.expired.length]).toEqual([1, 0]);
  });

  it('of many entries is told in messages that the bus can carry', async () => {
    const bus = inProcessBus();
    const [one, other] = [startProcess(bus), startProcess(bus)];
    await settled();
    const keys = Array.from({ length: 400 }, (_, at) => `${at}:${'"'.repeat(500)}`);
    await expire(one, 'shop', keys);
    for (let turn = 0; turn < 20; turn++) await settled();
    const told = new Set(other.heard.flatMap(([, some]) => some));
    expect([told.size, keys.every((key) => told.has(key))]).toEqual([400, true]);
    expect(one.publishing.times).toBeGreaterThan(5);
  });

  it('waits where the bus is away, and is told when it is back', async () => {
    const bus = inProcessBus();
    const [one, other] = [startProcess(bus), startProcess(bus)];
    await settled();
    one.publishing.fails = true;
    await expire(one, 'shop', ['a']);
    await expire(one, 'shop', ['b']);
    expect(other.heard).toEqual([]);
    one.publishing.fails = false;
    one.clock.advance(1_000);
    await settled();
    expect(other.heard).toEqual([['shop', ['a', 'b']]]);
  });

  it('becomes a reset for others where too many wait for the bus', async () => {
    const bus = inProcessBus();
    const [one, other] = [startProcess(bus), startProcess(bus)];
    await settled();
    one.publishing.fails = true;
    const keys = Array.from({ length: 10_001 }, (_, at) => `k${at}`);
    await expire(one, 'shop', keys);
    one.publishing.fails = false;
    one.clock.advance(1_000);
    await settled();
    expect([other.missed, other.heard]).toEqual([['shop'], []]);
  });

  it('of what is no entry of a tenant is told to nobody', async () => {
    const one = startProcess();
    await one.entries.set('of no tenant', 1, { ttl: '1s' });
    await one.entries.namespace('shop').namespace('within').set('k', 1, { ttl: '1s' });
    one.clock.advance(5_000);
    await settled();
    expect([one.heard, one.expired]).toEqual([[], []]);
  });
});
