// A process on one LMDB file that prints what it is told has expired, a JSON value a line, and writes as it is told.
import { createCache } from '../../../dist/index.js';
import { lmdbStore } from '../../../dist/stores/lmdb/index.js';

const [path, listens] = process.argv.slice(2);
const cache = createCache({ store: lmdbStore({ path }), expiryEvents: true, memory: false });
if (listens === 'listens') cache.on('expire', ({ key }) => console.log(JSON.stringify(key)));

// A timer of a cache keeps no process alive.
setInterval(() => {}, 60_000);
await cache.set('warm up', 1, { ttl: '1ms' });
console.log(JSON.stringify('ready'));
