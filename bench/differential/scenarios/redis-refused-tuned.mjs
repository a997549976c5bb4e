import { withRefusingRedis } from '../outage.mjs';

export const scenario = {
  sentence: 'the same, with limits set by hand in the Redis client',
  needs: ['getOrSet', 'backEnd'],
  redis: 'refusing',
  outage: true,
  run: (library, context) => withRefusingRedis(library, context, true),
};
