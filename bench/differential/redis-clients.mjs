import KeyvRedis, { createClient } from '@keyv/redis';

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

/** The same for node-redis. */
export function nodeRedisOptions({ redisUrl }, tuned) {
  if (!tuned) return { url: redisUrl };
  return {
    url: redisUrl,
    disableOfflineQueue: true,
    commandOptions: { timeout: patienceMs },
    // The limit for commands ends when they are sent; that of the socket alone ends the wait for an answer.
    socket: { connectTimeout: patienceMs, socketTimeout: patienceMs, reconnectStrategy: 100 },
  };
}

/** A store of @keyv/redis: as it comes, or for the outages as cacheable's "Non-Blocking with @keyv/redis" says. */
export function keyvRedis({ redisUrl }, { outage, tunedClient }) {
  if (!outage) return new KeyvRedis(redisUrl);
  const options = { url: redisUrl, disableOfflineQueue: true, socket: { reconnectStrategy: false } };
  if (!tunedClient) return new KeyvRedis(createClient(options), { throwOnConnectError: false });
  options.commandOptions = { timeout: patienceMs };
  Object.assign(options.socket, { connectTimeout: patienceMs, socketTimeout: patienceMs });
  return new KeyvRedis(createClient(options), { throwOnConnectError: false, connectionTimeout: patienceMs });
}
