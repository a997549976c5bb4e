import { withFrozenRedis } from '../outage.mjs';

export const scenario = {
  sentence: 'the same, with limits set by hand in the Redis client',
  needs: ['getOrSet', 'backEnd'],
  redis: 'running',
  outage: true,
  run: (library, context) => withFrozenRedis(library, context, true),
};
