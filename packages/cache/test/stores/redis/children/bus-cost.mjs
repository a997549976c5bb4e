// What a frame a tick costs beside the writes that it tells of, in turns; prints medians. node bus-cost.mjs <url> [rounds]
import { redisStore } from '@larder/cache/redis';

const [url, rounds = '9'] = process.argv.slice(2);
const inFlight = 64;
const total = 60_000;
const bytes = Buffer.alloc(180, 1);
const frame = Buffer.alloc(16 + inFlight * 18, 107);
const write = (key) => ({ key, bytes, version: '1abc-12345678', expiresAt: Date.now() + 3_600_000, indexes: {} });
const call = { now: Date.now() };
let turn = 0;

async function contestant(bus) {
  const store = redisStore({ url, prefix: `cost-${bus}`, bus: bus === 'none' ? false : bus });
  const connection = await new Promise((resolve) => {
    if (store.bus === undefined) return resolve(undefined);
    const opened = store.bus.open({
      received() {},
      disconnected() {},
      storeWrote() {},
      connected: () => resolve(opened),
    });
  });
  let isTelling = false;
  let frames = 0;
  const tell = () => {
    if (isTelling) return;
    isTelling = true;
    // As the bus does: what is told within a tick goes out in one frame. Without a bus the tick is there as well, since
    // it changes which writes go out together.
    setImmediate(() => {
      isTelling = false;
      frames++;
      connection?.publish(frame).catch(() => {});
    });
  };
  return {
    store,
    frames: () => frames,
    async work() {
      await store.set([write(`user:${turn++ % 10_000}`)], call);
      tell();
    },
  };
}

async function measure(work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let left = total;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (total / (performance.now() - start)) * 1000, cpu: (user + system) / total };
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1];

const contestants = {};
for (const bus of ['none', 'pubsub', 'tracking']) contestants[bus] = await contestant(bus);
const seen = { none: [], pubsub: [], tracking: [] };
for (const { work } of Object.values(contestants)) await measure(work);
for (let round = 0; round < Number(rounds); round++) {
  for (const [bus, { work }] of Object.entries(contestants)) seen[bus].push(await measure(work));
}
for (const [bus, runs] of Object.entries(seen)) {
  const ratio = median(runs.map(({ perSecond }, at) => perSecond / seen.none[at].perSecond));
  const rate = Math.round(median(runs.map(({ perSecond }) => perSecond)));
  const perFrame = (total * (runs.length + 1)) / contestants[bus].frames();
  const cpu = median(runs.map((run) => run.cpu)).toFixed(1);
  console.log(
    `${bus}: ${rate} writes/s, ratio ${ratio.toFixed(2)}, ${cpu} us of CPU, ${perFrame.toFixed(0)} writes a frame`,
  );
}
await Promise.all(Object.values(contestants).map(({ store }) => store.close()));
