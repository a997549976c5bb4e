import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Leases } from '../../src/contracts/lease.js';
import type { Store } from '../../src/contracts/store.js';
import { leasePrefix } from '../../src/keys/namespace.js';
import { type FakeClock, fakeClock, memoryMapStore } from '../../src/testing/index.js';
import { CircuitBreaker } from '../../src/tiers/circuit-breaker.js';
import { MemoryLeases } from '../../src/tiers/memory-leases.js';
import { StoreGate } from '../../src/tiers/store-gate.js';
import { StoredLeases } from '../../src/tiers/stored-leases.js';

const hour = 3_600_000;
let versions = 0;

function storedLeases(store: Store, clock: FakeClock): Leases {
  const breaker = new CircuitBreaker({ failures: 10, pause: 1_000, changed: () => {} });
  const gate = new StoreGate({ store, clock, timeout: 1_000, breaker });
  return new StoredLeases({ gate, prefix: leasePrefix([]), nextVersion: () => `v${versions++}` });
}

const kinds = [
  {
    name: 'in memory',
    open(clock: FakeClock): readonly [Leases, Leases] {
      const leases = new MemoryLeases(clock);
      return [leases, leases];
    },
  },
  {
    name: 'of two processes on a store',
    open(clock: FakeClock): readonly [Leases, Leases] {
      const store = memoryMapStore();
      return [storedLeases(store, clock), storedLeases(store, clock)];
    },
  },
];

/** Who has a right, as the contract says it: others get it a little after the end that the holder was told. */
interface Right {
  holder: string;
  token: number;
  end: number;
  releasedAt: number | undefined;
}

class Model {
  readonly rights = new Map<string, Right>();
  readonly tokens = new Map<string, number>();
  now = 0;

  held(name: string): Right | undefined {
    const right = this.rights.get(name);
    return right !== undefined && right.releasedAt === undefined && this.now < right.end ? right : undefined;
  }
}

const endAfter = (now: number, life: number) => now + life + 50 + life / 100;

interface Real {
  readonly clock: FakeClock;
  readonly leases: readonly [Leases, Leases];
}

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run,
  toString: () => name,
});

const who = {
  process: fc.constantFrom(0 as const, 1 as const),
  name: fc.constantFrom('a', 'b', 'x'.repeat(65), 'x'.repeat(66)),
  holder: fc.constantFrom('one', 'two', 'three'),
};
const life = fc.integer({ min: 1, max: 10_000 });

const commands = [
  fc.record({ ...who, life }).map(({ process, name, holder, life }) =>
    command(`${holder} takes ${name} for ${life}`, async (model, { leases }) => {
      const before = model.held(name);
      const answer = await leases[process].take(name, holder, life);
      if (before !== undefined && before.holder !== holder) {
        expect(answer).toEqual({ isHeld: false, until: before.end });
        return;
      }
      if (!answer.isHeld) throw new Error('It was free.');
      expect(answer.until).toBe(model.now + life);
      expect(Number.isSafeInteger(answer.fencingToken)).toBe(true);
      if (before !== undefined) expect(answer.fencingToken).toBe(before.token);
      else expect(answer.fencingToken).toBeGreaterThan(model.tokens.get(name) ?? 0);
      model.tokens.set(name, answer.fencingToken);
      const end = Math.max(before?.end ?? 0, endAfter(model.now, life));
      model.rights.set(name, { holder, token: answer.fencingToken, end, releasedAt: undefined });
    }),
  ),
  fc.record({ ...who, life }).map(({ process, name, holder, life }) =>
    command(`${holder} extends ${name} by ${life}`, async (model, { leases }) => {
      const right = model.held(name);
      const isTheirs = right?.holder === holder;
      expect(await leases[process].extend(name, holder, life)).toBe(isTheirs);
      if (isTheirs) right.end = Math.max(right.end, endAfter(model.now, life));
    }),
  ),
  fc.record(who).map(({ process, name, holder }) =>
    command(`${holder} releases ${name}`, async (model, { leases }) => {
      const right = model.rights.get(name);
      const wasTheirs = right?.holder === holder && right.releasedAt !== undefined;
      const isTheirs = model.held(name)?.holder === holder;
      const answer = await leases[process].release(name, holder);
      // What was let go of long ago may be forgotten.
      if (!wasTheirs || model.now - (right.releasedAt ?? 0) < hour) expect(answer).toBe(isTheirs || wasTheirs);
      if (isTheirs && right !== undefined) right.releasedAt = model.now;
    }),
  ),
  fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 6_000 }) }, fc.constant(3 * hour)).map((millis) =>
    command(`${millis} ms pass`, async (model, { clock }) => {
      clock.advance(millis);
      model.now += millis;
    }),
  ),
];

describe.each(kinds)('leases $name', ({ open }) => {
  it('are what a plain model is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (steps) => {
        const clock = fakeClock();
        const model = new Model();
        model.now = clock.now();
        await fc.asyncModelRun(() => ({ model, real: { clock, leases: open(clock) } }), steps);
      }),
      { numRuns: 200 },
    );
  });

  it('go to one of many who ask at once', async () => {
    const [one, other] = open(fakeClock());
    const asked = Array.from({ length: 50 }, (_, at) => (at % 2 ? one : other).take('k', `holder ${at}`, 1_000));
    expect((await Promise.all(asked)).filter(({ isHeld }) => isHeld)).toHaveLength(1);
  });

  it('are had by others only after the end that the holder believes in', async () => {
    const clock = fakeClock();
    const [one, other] = open(clock);
    const held = await one.take('k', 'one', 10_000);
    clock.advance(held.until - clock.now());
    expect((await other.take('k', 'other', 10_000)).isHeld).toBe(false);
    clock.advance(149);
    expect((await other.take('k', 'other', 10_000)).isHeld).toBe(false);
    clock.advance(1);
    expect((await other.take('k', 'other', 10_000)).isHeld).toBe(true);
  });
});

it('leases in memory forget those that are over', async () => {
  const clock = fakeClock();
  const leases = new MemoryLeases(clock);
  let last = 0;
  for (let at = 0; at < 5_000; at++) {
    const taken = await leases.take(`k${at}`, 'holder', 100);
    if (!taken.isHeld) throw new Error('It was free.');
    // Of any name, so that a name that was forgotten counts on from there.
    expect(taken.fencingToken).toBeGreaterThan(last);
    last = taken.fencingToken;
    clock.advance(1);
  }
  expect(await leases.extend('k4999', 'holder', 100)).toBe(true);
  expect(await leases.release('k0', 'holder')).toBe(false);
});

describe('leases in a store', () => {
  async function token(leases: Leases): Promise<number> {
    const answer = await leases.take('k', `holder ${versions++}`, 1_000);
    if (!answer.isHeld) throw new Error('It was free.');
    return answer.fencingToken;
  }

  it('give greater tokens to a process whose clock is behind, while the record is there', async () => {
    const store = memoryMapStore();
    const [clock, behind] = [fakeClock(), fakeClock()];
    clock.advance(hour / 2);
    const one = storedLeases(store, clock);
    const first = await one.take('k', 'one', 1_000);
    await one.release('k', 'one');
    if (!first.isHeld) throw new Error('It was free.');
    expect(await token(storedLeases(store, behind))).toBe(first.fencingToken + 1);
  });

  it('give greater tokens after the record was lost, by the clock', async () => {
    const store = memoryMapStore();
    const clock = fakeClock();
    const leases = storedLeases(store, clock);
    const tokens: number[] = [];
    for (let round = 0; round < 10; round++) {
      tokens.push(await token(leases));
      const { keys } = await store.scan('!', { limit: 10 }, { now: clock.now() });
      expect(keys).toEqual(['!:nk']);
      await store.delete(keys, { now: clock.now() });
      clock.advance(1);
    }
    expect(tokens).toEqual([...new Set(tokens)].sort((one, other) => one - other));
  });

  it('leave no record for ever', async () => {
    const store = memoryMapStore();
    const clock = fakeClock();
    const leases = storedLeases(store, clock);
    await leases.take('k', 'holder', 1_000);
    clock.advance(hour + 1_059);
    expect((await store.scan('!', { limit: 10 }, { now: clock.now() })).keys).toHaveLength(1);
    clock.advance(1);
    expect((await store.scan('!', { limit: 10 }, { now: clock.now() })).keys).toHaveLength(0);
    expect(await store.prune(10, { now: clock.now() })).toBe(1);
  });

  it('are nobody’s to give where the record cannot be read', async () => {
    const store = memoryMapStore();
    const clock = fakeClock();
    const leases = storedLeases(store, clock);
    const write = { bytes: Buffer.from('newer'), expiresAt: clock.now() + 1_000, version: 'v', indexes: {} };
    await store.set([{ key: '!:nk', ...write }], { now: clock.now() });
    const asked = [leases.take('k', 'a', 1), leases.extend('k', 'a', 1), leases.release('k', 'a')];
    for (const call of asked) await expect(call).rejects.toMatchObject({ code: 'LARDER_STORE_CORRUPT' });
    clock.advance(1_000);
    expect((await leases.take('k', 'a', 1)).isHeld).toBe(true);
  });
});
