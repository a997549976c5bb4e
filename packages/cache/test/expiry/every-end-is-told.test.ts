import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { fakeClock, memoryMapStore } from '../../src/testing/index.js';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const ttl = fc.integer({ min: 1, max: 12 });
const by = fc.nat(1);
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('set' as const, 'touch' as const, 'increment' as const), key, ttl, by }),
  fc.record({ does: fc.constantFrom('delete' as const, 'get' as const), key, by }),
  fc.record({ does: fc.constantFrom('clear' as const, 'removeTag' as const, 'prune' as const), by }),
  fc.record({ does: fc.constant('kill' as const), by }),
  fc.record({ does: fc.constant('wait' as const), millis: fc.integer({ min: 1, max: 9_000 }) }),
);

const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Two processes that are killed and replaced at any moment, on one store. A plain book of lives says what has to be told:
 * each end that was reached, at least once; and nothing else.
 */
it('every end that is reached is told, and no other, whatever happens to the keys and the processes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = fakeClock();
      const store = memoryMapStore();
      const told: { readonly key: string; readonly at: number }[] = [];
      const start = () => {
        let isDead = false;
        const schedule = (task: () => void, delay: number) => clock.schedule(() => isDead || task(), delay);
        const own = { now: () => clock.now(), coarseNow: () => clock.now(), schedule };
        const cache = createCache({ store, clock: own, expiryEvents: true, memory: false });
        cache.on('expire', (event) => told.push({ key: event.key, at: clock.now() }));
        return { cache, kill: () => (isDead = true) };
      };
      const processes = [start(), start()];
      const lives = new Map<string, number>();
      const ends: { readonly key: string; readonly at: number }[] = [];
      const bury = () => {
        for (const [each, at] of lives) {
          if (at > clock.now()) continue;
          ends.push({ key: each, at });
          lives.delete(each);
        }
      };
      const pass = async (millis: number) => {
        for (let left = millis; left > 0; left -= 250) {
          clock.advance(Math.min(250, left));
          await settled();
        }
        bury();
      };
      for (const each of steps) {
        // No two writes at one time.
        clock.advance(1);
        bury();
        if (each.does === 'wait') {
          await pass(each.millis);
          continue;
        }
        const { cache, kill } = processes[each.by] as (typeof processes)[number];
        if (each.does === 'set') {
          await cache.set(each.key, 1, { ttl: `${each.ttl}s`, tags: ['t'] });
          lives.set(each.key, clock.now() + each.ttl * 1_000);
        } else if (each.does === 'touch') {
          if (await cache.touch(each.key, `${each.ttl}s`)) lives.set(each.key, clock.now() + each.ttl * 1_000);
        } else if (each.does === 'increment') {
          const isNew = !lives.has(each.key);
          await cache.increment(each.key, 1, { ttl: `${each.ttl}s` });
          if (isNew) lives.set(each.key, clock.now() + each.ttl * 1_000);
        } else if (each.does === 'delete') {
          await cache.delete(each.key);
          lives.delete(each.key);
        } else if (each.does === 'get') {
          expect(await cache.has(each.key)).toBe(lives.has(each.key));
        } else if (each.does === 'clear') {
          await cache.clear();
          lives.clear();
        } else if (each.does === 'removeTag') {
          await cache.invalidateTags(['t'], { remove: true });
          for (const name of [...lives.keys()]) if (!(await cache.has(name))) lives.delete(name);
        } else if (each.does === 'prune') {
          await cache.prune();
        } else {
          kill();
          processes[each.by] = start();
        }
        await settled();
      }
      await pass(30_000);
      for (const end of ends) {
        const heard = told.filter(({ key: name, at }) => name === end.key && at >= end.at);
        expect(heard.length, `${end.key} ended at ${end.at}`).toBeGreaterThan(0);
      }
      for (const each of told) {
        expect(ends.some(({ key: name, at }) => name === each.key && at <= each.at)).toBe(true);
      }
      // Killed in virtual time, a process does nothing between two awaits: none of these is told twice.
      expect(told).toHaveLength(ends.length);
    }),
    { numRuns: 150 },
  );
});
