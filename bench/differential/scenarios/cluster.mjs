export const scenario = {
  sentence: 'deleteMany, clear and invalidation by tag on Redis Cluster',
  skipped: 'the libraries are opened on one server here; for Larder see packages/cache/test/peers.test.ts',
};
