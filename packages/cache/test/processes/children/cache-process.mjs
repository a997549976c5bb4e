// A cache on Redis in a process of its own, which does what its parent asks and tells when a loader runs.
import { createCache } from '../../../dist/index.js';
import { redisStore } from '../../../dist/stores/redis/index.js';

process.once('disconnect', () => process.exit());
const cache = createCache({ ttl: '10m', store: redisStore({ url: process.argv[2] }) });

const calls = {
  get: ({ key }) => cache.get(key),
  getOrSet: ({ key, value, tags }) => cache.getOrSet(key, () => value, { tags }),
  delete: ({ key }) => cache.delete(key),
  invalidateTags: ({ tags }) => cache.invalidateTags(tags),
  /** Many callers at once of a slow loader; answers what they got. */
  getOrSetTogether({ key, callers, loadMillis }) {
    const load = async () => {
      process.send({ loads: key });
      await new Promise((resolve) => setTimeout(resolve, loadMillis));
      return `loaded by ${process.pid}`;
    };
    return Promise.all(Array.from({ length: callers }, () => cache.getOrSet(key, load)));
  },
};

process.on('message', async ({ id, call, ...args }) => {
  try {
    process.send({ id, answer: await calls[call](args) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
await cache.get('warm-up');
process.send({ id: 0 });
