import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { fakeClock } from '../../src/testing/index.js';
import { type Deferred, deferred } from './deferred.js';

const told = ['hit', 'miss', 'load', 'load-error', 'load-overtaken', 'stale-served', 'refresh', 'evict'] as const;
const unfit = () => {};
const answers = {
  text: () => 'text',
  changeable: () => new Map([['a', { b: 1 }]]),
  nothing: () => undefined,
  unfit: () => unfit,
} as const;
type Answer = keyof typeof answers | 'failure';
const keys = ['k', 'l'] as const;

const step = fc.oneof(
  fc.record({
    kind: fc.constant('load' as const),
    key: fc.constantFrom(...keys),
    forceFresh: fc.boolean(),
    tagged: fc.boolean(),
    says: fc.constantFrom('nothing', 'skip', 'tags', 'notModified'),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    at: fc.nat(3),
    with: fc.constantFrom<Answer>('text', 'changeable', 'nothing', 'unfit', 'failure'),
  }),
  fc.record({ kind: fc.constantFrom('set' as const, 'delete' as const), key: fc.constantFrom(...keys) }),
  fc.record({ kind: fc.constantFrom('invalidate' as const, 'clear' as const, 'wait' as const, 'close' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** All that can be seen of a cache while it is taken through `steps`. */
async function seen(steps: readonly Step[], loaderTimeout: object): Promise<unknown[]> {
  const clock = fakeClock();
  const cache = createCache({ ttl: '1m', staleIfError: '5m', clock, random: () => 0.5, ...loaderTimeout });
  const log: unknown[] = [];
  const events: string[] = [];
  const settled: (readonly [call: number, ...unknown[]])[] = [];
  for (const type of told) cache.on(type, (event) => events.push(JSON.stringify({ ...event, error: undefined })));
  const loads: Deferred<unknown>[] = [];
  const note = (call: number, promise: Promise<unknown>) =>
    promise.then(
      (value) => settled.push([call, value]),
      (error) => settled.push([call, 'rejects', String(error)]),
    );
  // What happens within one turn may come in another order.
  const endOfStep = async () => {
    await new Promise(setImmediate);
    log.push(
      events.splice(0).sort(),
      settled.splice(0).sort(([one], [other]) => one - other),
    );
  };
  for (const [at, taken] of steps.entries()) {
    if (taken.kind === 'load') {
      const load = deferred<unknown>();
      const call = cache.getOrSet(
        taken.key,
        (context) => {
          // The one that answers something else leaves its promise alone.
          load.promise.catch(() => {});
          loads.push(load);
          if (taken.says === 'skip') context.skip();
          if (taken.says === 'tags') context.setTags(['t']);
          return taken.says === 'notModified' ? context.notModified() : load.promise;
        },
        { forceFresh: taken.forceFresh, ...(taken.tagged ? { tags: ['t'] } : {}) },
      );
      note(at, call);
    } else if (taken.kind === 'answer') {
      const [load] = loads.splice(taken.at % Math.max(1, loads.length), 1);
      if (taken.with === 'failure') load?.reject(new Error('no source'));
      else load?.resolve(answers[taken.with]());
    } else if (taken.kind === 'set') note(at, cache.set(taken.key, 'set'));
    else if (taken.kind === 'delete') note(at, cache.delete(taken.key));
    else if (taken.kind === 'invalidate') note(at, cache.invalidateTags(['t']));
    else if (taken.kind === 'clear') note(at, cache.clear());
    else if (taken.kind === 'close') note(at, cache.close());
    else clock.advance(50_000);
    await endOfStep();
  }
  log.push(cache.stats());
  await cache.close();
  await endOfStep();
  return log;
}

describe('a plain miss, led past the layers', () => {
  it('comes to what it comes to through them, whatever happens meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14, size: 'max' }), async (steps) => {
        // A hard timeout, however long, has a miss go through the layers.
        expect(await seen(steps, {})).toEqual(await seen(steps, { loaderTimeout: { hard: '30d' } }));
      }),
      { numRuns: 1_000 },
    );
  });
});
