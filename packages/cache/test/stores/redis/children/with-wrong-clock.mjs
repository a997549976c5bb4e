// A process whose clock is wrong. Does with its cache what it is told, and answers.
const [url, prefix, by] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const rightNow = Date.now;
Date.now = () => rightNow() + by;

const { createCache } = await import('@larder/cache');
const { redisStore } = await import('@larder/cache/redis');
const cache = createCache({ store: redisStore({ url, prefix }), memory: false, circuitBreaker: false });

const commands = {
  call: (method, ...args) => cache[method](...args),
  load: (key, value, millis, options) =>
    cache.getOrSet(key, () => new Promise((resolve) => setTimeout(resolve, millis, value)), options),
  now: () => Date.now(),
  createdAt: async (key) => (await cache.getEntry(key))?.createdAt,
};

process.on('message', async ({ id, command, args }) => {
  try {
    process.send({ id, value: await commands[command](...args) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => cache.close());
process.send({ id: 'ready' });
