import { describe, expectTypeOf, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';

interface User {
  readonly id: string;
}

describe('the type of what getOrSet answers', () => {
  it('is what the loader answers, whether or not it takes its context', () => {
    const cache = createCache();
    expectTypeOf(cache.getOrSet('k', () => ({ id: 'a' }))).resolves.toEqualTypeOf<{ id: string }>();
    expectTypeOf(cache.getOrSet('k', ({ key }) => ({ id: key }))).resolves.toEqualTypeOf<{ id: string }>();
    expectTypeOf(cache.getOrSet('k', async ({ key }) => ({ id: key }))).resolves.toEqualTypeOf<{ id: string }>();
  });

  it('leaves notModified() out, and shows a typed cache its own stale values', () => {
    const users = createCache() as Cache<User>;
    const user = users.getOrSet('k', ({ stale, notModified }) => {
      expectTypeOf(stale?.value).toEqualTypeOf<User | undefined>();
      return stale === undefined ? { id: 'a' } : notModified();
    });
    expectTypeOf(user).resolves.toExtend<User>();
  });
});
