import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisServerVersion, startRedis } from '../differential/redis-server.mjs';
import { costOfTheBus } from './cost.mjs';
import { invalidations } from './invalidations.mjs';
import { loaderKilled, oneLoad } from './one-load.mjs';

if (redisServerVersion() === undefined) {
  console.log('redis-server is not installed (on Debian: apt-get install redis-server): this benchmark is skipped.');
  process.exit(0);
}
/** `LOADS`, `KILLED`, `INVALIDATIONS`, `COST`: a part of it all. */
const wanted = (part) => (process.env.PARTS ?? 'LOADS,KILLED,INVALIDATIONS,COST').split(',').includes(part);
const folder = mkdtempSync(join(tmpdir(), 'larder-bench-'));
const redis = await startRedis(folder);
process.on('exit', () => redis.stopNow());

console.log(`Redis ${redisServerVersion()}, Node.js ${process.version}, all on one machine.`);
try {
  if (wanted('LOADS')) await oneLoad(redis, { rounds: Number(process.env.ROUNDS ?? 5) });
  if (wanted('KILLED')) await loaderKilled(redis);
  if (wanted('INVALIDATIONS')) await invalidations(redis, { count: Number(process.env.COUNT ?? 10_000) });
  if (wanted('COST')) await costOfTheBus(redis, { rounds: Number(process.env.ROUNDS ?? 25) });
} finally {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
