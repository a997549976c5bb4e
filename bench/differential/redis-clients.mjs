/** How long anyone who takes a time limit for Redis shall wait: two such waits still end within the second. */
export const patienceMs = 400;

/** The defaults of ioredis, or set by hand so that it fails fast. */
export function ioredisOptions({ redisUrl }, tuned) {
  const { hostname: host, port } = new URL(redisUrl);
  const address = { host, port: Number(port) };
  if (!tuned) return address;
  return {
    ...address,
    commandTimeout: patienceMs,
    connectTimeout: patienceMs,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  };
}

/** The same for node-redis, which @keyv/redis is built on. */
export function nodeRedisOptions({ redisUrl }, tuned) {
  if (!tuned) return { url: redisUrl };
  return {
    url: redisUrl,
    disableOfflineQueue: true,
    commandOptions: { timeout: patienceMs },
    socket: { connectTimeout: patienceMs, reconnectStrategy: 1_000 },
  };
}
