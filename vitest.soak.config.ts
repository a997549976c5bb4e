import { defineConfig } from 'vitest/config';

/** `npm run soak`: hours if need be, and no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['packages/cache/test/soak/*.soak.ts'],
    testTimeout: 24 * 60 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
