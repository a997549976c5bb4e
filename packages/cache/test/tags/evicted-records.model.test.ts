import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

const key = fc.constantFrom('a', 'b', 'c');
const tag = fc.constantFrom('x', 'y');
const who = fc.nat({ max: 1 });
const step = fc.oneof(
  fc.record({ does: fc.constant('set'), who, key, tags: fc.uniqueArray(tag, { minLength: 1, maxLength: 2 }) }),
  fc.record({ does: fc.constant('load'), who, key, tags: fc.uniqueArray(tag, { maxLength: 2 }) }),
  fc.record({ does: fc.constant('add'), who, key, tags: fc.uniqueArray(tag, { maxLength: 2 }) }),
  fc.record({ does: fc.constant('invalidate'), who, tag, remove: fc.boolean() }),
  fc.record({ does: fc.constant('clear'), who }),
  fc.record({ does: fc.constant('evict'), which: fc.constantFrom('#:', '#:tx', '#:ty', ':a', ':b') }),
  fc.record({ does: fc.constant('restart'), who }),
  fc.record({ does: fc.constant('read'), who, key }),
);

it('finds nothing again that was invalidated, whatever a store evicts, and everything else until it evicts', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      const clock = fakeClock();
      const { getNow: _, ...store } = memoryMapStore();
      const capabilities = { ...store.capabilities, synchronousReads: false, scan: false, evicts: true } as const;
      const evicting = { ...store, capabilities, async close() {} };
      const open = () => createCache({ clock, store: evicting, memory: false, ttl: '1h', onStoreError: 'throw' });
      const caches: [Cache, Cache] = [open(), open()];
      const alive = new Map<string, { value: number; tags: readonly string[] }>();
      const kill = (isHit: (tags: readonly string[]) => boolean) => {
        for (const [name, { tags }] of alive) if (isHit(tags)) alive.delete(name);
      };
      let value = 0;
      let somethingEvicted = false;

      for (const each of steps) {
        clock.advance(2);
        value += 1;
        const cache = caches['who' in each ? (each.who as 0 | 1) : 0];
        if ('tags' in each) {
          const { tags } = each;
          const options = { tags };
          if (each.does === 'set') {
            await cache.set(each.key, value, options);
            alive.set(each.key, { value, tags });
          } else if (each.does === 'add') {
            if (await cache.add(each.key, value, options)) alive.set(each.key, { value, tags });
          } else {
            const got = await cache.getOrSet(each.key, () => value, options);
            if (got === value) alive.set(each.key, { value, tags });
            else expect(got).toBe(alive.get(each.key)?.value);
          }
        } else if ('tag' in each) {
          await cache.invalidateTags([each.tag], { remove: each.remove });
          kill((tags) => tags.includes(each.tag));
        } else if ('which' in each) {
          const [wasThere] = await store.delete([each.which], { now: clock.now() });
          somethingEvicted ||= wasThere === true;
        } else if (each.does === 'clear') {
          await cache.clear();
          kill(() => true);
        } else if (each.does === 'restart') {
          await cache.close();
          caches[each.who as 0 | 1] = open();
        } else if ('key' in each) {
          const got = await cache.get(each.key);
          if (got === undefined && somethingEvicted) continue;
          if (got !== undefined) found += 1;
          expect(got).toBe(alive.get(each.key)?.value);
        }
      }
      await Promise.all(caches.map((cache) => cache.close()));
    }),
    { numRuns: 500 },
  );
  // Or hiding everything after the first eviction would pass.
  expect(found).toBeGreaterThan(300);
}, 60_000);
