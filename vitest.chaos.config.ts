import { defineConfig } from 'vitest/config';

/** `npm run chaos`: as long as one likes, and no part of `npm test`, which has a cut of it. */
export default defineConfig({
  test: {
    include: ['packages/cache/test/chaos/*.chaos.ts'],
    testTimeout: 24 * 60 * 60_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
  },
});
