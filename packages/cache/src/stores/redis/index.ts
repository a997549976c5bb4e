export type { RedisBusOptions } from './bus/options.js';
export { type RedisBusTransportOptions, redisBus } from './bus/redis-bus.js';
export type { RedisStoreOptions } from './options.js';
export { redisStore } from './redis-store.js';
