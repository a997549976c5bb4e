import { withFrozenRedis } from '../outage.mjs';

export const scenario = {
  sentence: 'Redis is frozen (SIGSTOP), a cold key, an instant loader: answered within 1 s',
  needs: ['getOrSet', 'backEnd'],
  redis: 'running',
  outage: true,
  run: (library, context) => withFrozenRedis(library, context, false),
};
