import type { Store } from '../contracts/store.js';
import { dynamoOptions } from './addresses/dynamodb.js';
import { firestoreOptions } from './addresses/firestore.js';
import { lmdbOptions } from './addresses/lmdb.js';
import { memcachedOptions } from './addresses/memcached.js';
import { memoryOptions } from './addresses/memory.js';
import { redisClusterOptions, redisSentinelOptions, redisServerOptions } from './addresses/redis.js';
import { remoteOptions } from './addresses/remote.js';
import type { StoreScheme } from './store-registry.js';

/** The schemes that need no registering. A store's folder, and with it its client, is imported when it is opened. */
export const builtInStores = Object.freeze({
  memory: (address) => ({ memory: memoryOptions(address) }),
  lmdb: scheme(lmdbOptions, async (options) => (await lmdb()).lmdbStore(options)),
  redis: scheme(redisServerOptions, async (options) => (await redis()).redisStore(options)),
  rediss: scheme(redisServerOptions, async (options) => (await redis()).redisStore(options)),
  'redis+cluster': scheme(redisClusterOptions, async (options) => (await redis()).redisStore(options)),
  'redis+sentinel': scheme(redisSentinelOptions, async (options) => (await redis()).redisStore(options)),
  memcached: scheme(memcachedOptions, async (options) => (await memcached()).memcachedStore(options)),
  firestore: scheme(firestoreOptions, async (options) => (await firestore()).firestoreStore(options)),
  dynamodb: scheme(dynamoOptions, async (options) => (await dynamodb()).dynamoStore(options)),
  'larder+http': scheme(remoteOptions, async (options) => (await remote()).remoteStore(options)),
  'larder+https': scheme(remoteOptions, async (options) => (await remote()).remoteStore(options)),
} satisfies Record<string, StoreScheme>);

const lmdb = () => import('../stores/lmdb/index.js');
const redis = () => import('../stores/redis/index.js');
const memcached = () => import('../stores/memcached/index.js');
const firestore = () => import('../stores/firestore/index.js');
const remote = () => import('../stores/remote/index.js');
const dynamodb = () => import('../stores/dynamodb/index.js');

/** An address is read at once, so that what is wrong with it is told before anything is opened. */
function scheme<Options>(read: (address: string) => Options, open: (options: Options) => Promise<Store>): StoreScheme {
  return (address) => {
    const options = read(address);
    return { open: () => open(options) };
  };
}
