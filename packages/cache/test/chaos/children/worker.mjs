// One process of a campaign: a cache on Redis that makes random calls, and tells what came of each.
import { createCache } from '../../../dist/index.js';
import { redisStore } from '../../../dist/stores/redis/index.js';
import { seededRandom } from '../../../dist/testing/index.js';
import { Calls } from './calls.mjs';
import { Recorder } from './recorder.mjs';
import { skewedClock } from './skewed-clock.mjs';

const { name, url, seed, lanes, pause, chapter, options } = JSON.parse(process.argv[2]);
const { clockOffset = 0, memory, onStoreError } = options;
const plan = JSON.parse(process.argv[3]);

const recorder = new Recorder(name, onStoreError === 'throw');
process.once('disconnect', () => process.exit());
process.on('unhandledRejection', (error) => recorder.crash(`unhandled rejection: ${error?.stack ?? error}`));
process.on('uncaughtException', (error) => recorder.crash(`uncaught exception: ${error?.stack ?? error}`));

const store = redisStore({ url });
const cache = createCache({
  store,
  // What is left out beside a clock of tests.
  bus: store.bus,
  storeTime: true,
  memory,
  onStoreError,
  ttl: '10m',
  storeTimeout: `${plan.storeTimeout}ms`,
  circuitBreaker: { pause: `${plan.breakerPause}ms` },
  ...(clockOffset === 0 ? {} : { clock: skewedClock(clockOffset) }),
});
// Whoever degrades answers a read of a dead store as a miss: these tell that nothing is sure.
for (const event of ['store-error', 'write-dropped']) cache.on(event, () => recorder.storeFailed());

// The first call loads the client, which keeps a process busy for a while.
await cache
  .namespace('warm-up')
  .set('key', 'value')
  .catch(() => {});

const random = seededRandom(seed);
let running;

function begin(chapterName) {
  const calls = new Calls({ cache, chapter: chapterName, recorder, random, name, plan });
  running = { goesOn: true, calls };
  const own = running;
  own.ended = Promise.all(
    Array.from({ length: lanes }, async () => {
      while (own.goesOn) {
        await calls.one();
        await new Promise((resolve) => setTimeout(resolve, random() * 2 * pause));
      }
    }),
  );
}

/** What is not answered after so long never will be. */
const patience = 12_000;

const commands = {
  begin: ({ chapter: chapterName }) => begin(chapterName),
  async finish() {
    running.goesOn = false;
    await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, patience))]);
    recorder.hangUp();
    recorder.flush();
    process.send({ type: 'finished' });
  },
  async sums({ keys }) {
    const values = await running.calls.sums(keys).catch(() => undefined);
    process.send({ type: 'sums', values });
  },
  async close() {
    await cache.close();
    recorder.flush();
    process.disconnect();
  },
};
process.on('message', (message) => commands[message.type](message));
if (chapter !== undefined) begin(chapter);
process.send({ type: 'ready' });
