export { memcachedStore } from './memcached-store.js';
export type { MemcachedServer, MemcachedStoreOptions } from './options.js';
