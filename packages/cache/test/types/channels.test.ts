import { describe, expectTypeOf, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';

describe('the type of a message', () => {
  it('is what subscribe is told it is, and unknown otherwise', async () => {
    const cache = createCache();
    cache.subscribe('news', (message) => expectTypeOf(message).toBeUnknown());
    cache.subscribe<{ id: number }>('news', (message) => expectTypeOf(message).toEqualTypeOf<{ id: number }>());
    cache.subscribe('news', ({ id }: { id: number }) => expectTypeOf(id).toBeNumber());
    expectTypeOf(cache.publish('news', { id: 1 })).toEqualTypeOf<Promise<void>>();
    await cache.close();
  });
});
