// A process that listens on one store, and prints what it is told has expired, a JSON value a line.
import { createCache } from '../../../dist/index.js';
import { lmdbStore } from '../../../dist/stores/lmdb/index.js';
import { redisStore } from '../../../dist/stores/redis/index.js';

const [kind, options] = process.argv.slice(2);
const store = (kind === 'lmdb' ? lmdbStore : redisStore)(JSON.parse(options));
const cache = createCache({ store, expiryEvents: true, memory: false });
cache.on('expire', ({ key }) => console.log(JSON.stringify(key)));

// A timer of a cache keeps no process alive.
setInterval(() => {}, 60_000);
await cache.set('warm up', 1, { ttl: '1ms' });
console.log(JSON.stringify('ready'));
