import { defineConfig } from 'vitest/config';

/** `npm run container`, and a step of its own in `npm test`: it installs, and nothing else should be measured meanwhile. */
export default defineConfig({
  test: {
    include: ['packages/server/test/packaging/*.container.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
