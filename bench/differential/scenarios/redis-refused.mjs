import { withRefusingRedis } from '../outage.mjs';

export const scenario = {
  sentence: 'Redis refuses connections, a cold key, an instant loader: answered within 1 s',
  needs: ['getOrSet', 'backEnd'],
  redis: 'refusing',
  outage: true,
  run: (library, context) => withRefusingRedis(library, context, false),
};
