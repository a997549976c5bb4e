export const scenario = {
  sentence: 'deleteMany, clear and invalidation by tag on Redis Cluster',
  skipped: 'comes with the Redis store',
};
