import { describe, expectTypeOf, it } from 'vitest';
import type { Cache, CreateCacheOptions, Duration, SetOptions, Size, WriteOptions } from '../../src/index.js';

// Checked by the compiler (`npm run typecheck`): an assertion that is wrong here does not compile.
describe('what does not compile', () => {
  it('a duration without a unit', () => {
    expectTypeOf<'30s'>().toExtend<Duration>();
    expectTypeOf<'never'>().toExtend<Duration>();
    expectTypeOf<30>().not.toExtend<Duration>();
    expectTypeOf<'30'>().not.toExtend<Duration>();
    expectTypeOf<'30 seconds'>().not.toExtend<Duration>();
    expectTypeOf<{ ttl: 30 }>().not.toExtend<WriteOptions>();
    expectTypeOf<{ ttl: 30 }>().not.toExtend<CreateCacheOptions>();
    expectTypeOf<number>().not.toExtend<Parameters<Cache['touch']>[1]>();
  });

  it('a size without a unit', () => {
    expectTypeOf<'64mb'>().toExtend<Size>();
    expectTypeOf<64>().not.toExtend<Size>();
    expectTypeOf<'64'>().not.toExtend<Size>();
  });

  it('a value of another type in a namespace that names its type', () => {
    type Users = Cache<{ id: number }>;
    expectTypeOf<Parameters<Users['set']>[1]>().toExtend<{ id: number }>();
    expectTypeOf<string>().not.toExtend<Parameters<Users['set']>[1]>();
    expectTypeOf<ReturnType<Users['get']>>().toEqualTypeOf<Promise<{ id: number } | undefined>>();
  });

  it('an index term that is no text', () => {
    expectTypeOf<{ indexes: { user: 7 } }>().not.toExtend<SetOptions>();
  });
});
