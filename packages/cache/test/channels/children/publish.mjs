// A process on one Redis that listens to a channel and publishes on another, as its parent says.
import { createCache } from '../../../dist/index.js';
import { redisStore } from '../../../dist/stores/redis/index.js';

process.once('disconnect', () => process.exit());
const cache = createCache({ namespace: 'shop', store: redisStore({ url: process.argv[2] }) });
const heard = [];
await new Promise((connected) => {
  cache.subscribe('prices', (message) => heard.push(message), { missed: connected });
});

process.on('message', async ({ publish, last }) => {
  if (publish === undefined) return process.send({ heard });
  for (let number = 0; number < publish; number++) {
    await cache.publish('prices', { by: process.pid, number, at: new Date(number) });
  }
  if (last) await cache.publish('prices', last);
  process.send({ published: publish });
});
process.send({ ready: true });
