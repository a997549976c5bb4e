import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenCache, Setting } from './settings.js';

/** A cache without tiers, bytes or races: what every cache must look like from outside. */
class Model {
  readonly entries = new Map<string, { value: unknown; until: number }>();
  now = 0;

  live(name: string): { value: unknown; until: number } | undefined {
    const entry = this.entries.get(name);
    return entry !== undefined && this.now < entry.until ? entry : undefined;
  }

  put(name: string, value: unknown, millis: number): void {
    this.entries.set(name, { value, until: this.now + millis });
  }
}

interface Real extends OpenCache {
  readonly at: (namespace: string) => OpenCache['cache'];
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

const key = fc.constantFrom('a', 'b', 'c:d', '1:a', 'é', 'e\u0301');
const namespace = fc.constantFrom('', 'n', '1:n');
const seconds = fc.integer({ min: 1, max: 4 });
const value = fc.oneof(
  fc.constantFrom(0, '', false, null, -0, 5),
  fc.constantFrom({ a: 1 }, [undefined], new Date(3), new Map([[1, new Set([2n])]]), new Uint8Array([1])),
);
const where = { k: key, n: namespace };
const full = (k: string, n: string) => JSON.stringify([n, k]);

const commandsOfEveryStore = [
  fc.record({ ...where }).map(({ k, n }) =>
    command(`get ${n}/${k}`, async (model, { at }) => {
      expect(await at(n).get(k)).toStrictEqual(model.live(full(k, n))?.value);
      expect(await at(n).has(k)).toBe(model.live(full(k, n)) !== undefined);
    }),
  ),
  fc.record({ ...where, v: value, s: seconds }).map(({ k, n, v, s }) =>
    command(`set ${n}/${k}`, async (model, { at }) => {
      const { created } = await at(n).setEntry(k, v, { ttl: `${s}s` });
      expect(created).toBe(model.live(full(k, n)) === undefined);
      model.put(full(k, n), v, s * 1_000);
    }),
  ),
  fc.record({ ...where, v: value, s: seconds }).map(({ k, n, v, s }) =>
    command(`add ${n}/${k}`, async (model, { at }) => {
      const absent = model.live(full(k, n)) === undefined;
      expect(await at(n).add(k, v, { ttl: `${s}s` })).toBe(absent);
      if (absent) model.put(full(k, n), v, s * 1_000);
    }),
  ),
  fc.record({ ...where, v: value, s: seconds }).map(({ k, n, v, s }) =>
    command(`getOrSet ${n}/${k}`, async (model, { at }) => {
      const live = model.live(full(k, n));
      expect(await at(n).getOrSet(k, () => v, { ttl: `${s}s` })).toStrictEqual(live === undefined ? v : live.value);
      if (live === undefined) model.put(full(k, n), v, s * 1_000);
    }),
  ),
  fc.record({ ...where }).map(({ k, n }) =>
    command(`delete ${n}/${k}`, async (model, { at }) => {
      expect(await at(n).delete(k)).toBe(model.live(full(k, n)) !== undefined);
      model.entries.delete(full(k, n));
    }),
  ),
  fc.record({ ...where, by: fc.integer({ min: -3, max: 3 }), s: seconds }).map(({ k, n, by, s }) =>
    command(`increment ${n}/${k}`, async (model, { at }) => {
      const live = model.live(full(k, n));
      const sum = at(n).increment(k, by, { ttl: `${s}s` });
      if (live !== undefined && typeof live.value !== 'number') {
        await expect(sum).rejects.toMatchObject({ code: 'LARDER_NOT_AN_INTEGER' });
      } else if (live === undefined) {
        expect(await sum).toBe(by);
        model.put(full(k, n), by, s * 1_000);
      } else {
        live.value = (live.value as number) + by;
        expect(await sum).toBe(live.value);
      }
    }),
  ),
  fc.record({ ...where, s: seconds }).map(({ k, n, s }) =>
    command(`touch ${n}/${k}`, async (model, { at }) => {
      const live = model.live(full(k, n));
      expect(await at(n).touch(k, `${s}s`)).toBe(live !== undefined);
      if (live !== undefined) live.until = model.now + s * 1_000;
      expect(await at(n).ttlSeconds(k)).toBe(live === undefined ? undefined : s);
    }),
  ),
  namespace.map((n) =>
    command(`clear ${n}`, async (model, { at }) => {
      await at(n).clear();
      for (const name of model.entries.keys()) if (JSON.parse(name)[0] === n) model.entries.delete(name);
    }),
  ),
  fc.integer({ min: 1, max: 2_000 }).map((millis) =>
    command(`wait ${millis}`, async (model, { clock }) => {
      clock.advance(millis);
      model.now += millis;
    }),
  ),
  fc.constant(command('prune', async (_, { cache }) => void (await cache.prune()))),
];

const listing = [
  namespace.map((n) =>
    command(`keys ${n}`, async (model, { at }) => {
      const listed: string[] = [];
      for await (const listedKey of at(n).keys()) listed.push(listedKey);
      const live = [...model.entries.keys()].filter((name) => JSON.parse(name)[0] === n && model.live(name));
      expect(listed.sort()).toEqual(live.map((name) => JSON.parse(name)[1]).sort());
    }),
  ),
];

/** Compares a cache with the model, call by call, over many random sequences of calls. */
export function describeCacheModel({ name, open, missing, runs = 300, canList = true }: Setting): void {
  const commands = canList ? [...commandsOfEveryStore, ...listing] : commandsOfEveryStore;

  describe(`the model of a cache against ${name}`, () => {
    it.skipIf(missing !== undefined)(
      'cannot be told apart by any sequence of calls',
      async () => {
        const opened = await open();
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (sequence) => {
            const root = opened.cache.namespace(`run-${run++}`);
            const at = (namespaceName: string) => (namespaceName === '' ? root : root.namespace(namespaceName));
            await fc.asyncModelRun(() => ({ model: new Model(), real: { ...opened, at } }), sequence);
          }),
          { numRuns: runs },
        );
        await opened.close();
      },
      60_000,
    );
  });
}
