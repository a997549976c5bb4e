import { delay } from '../differential/waiting.mjs';
import { ChildGroup } from './child-group.mjs';

const boundMillis = 1_000;
const readerCount = 7;
/** Between two invalidations. */
const pauseMillis = 2;
/** Every other one is invalidated by its tag. */
const keys = Array.from({ length: 16 }, (_, at) => ({ key: `hot ${at}`, tags: at % 2 === 0 ? [] : [`tag ${at}`] }));

/**
 * From an acknowledged invalidation in one process until the last read in each of seven others that still got from
 * memory what was invalidated.
 */
export async function invalidations(redis, { count }) {
  const spins = process.env.SPIN === '1';
  const manner = spins ? 'once a turn of their event loops' : 'once a millisecond';
  console.log(`\n## ${count} invalidations in one process, ${readerCount} others read ${keys.length} keys ${manner}\n`);
  const config = { url: `${redis.url}/8`, keys, pauseMillis, spins };
  const readers = await ChildGroup.start(
    'member',
    Array.from({ length: readerCount }, () => config),
  );
  const writer = await ChildGroup.start('member', [config]);
  try {
    await readers.ask({ call: 'read' });
    await delay(500);
    const begin = performance.now();
    const [{ result: done }] = await writer.ask({ call: 'invalidate', count });
    const seconds = (performance.now() - begin) / 1_000;
    // What is stale for good shows only if there is time to read it.
    await delay(2 * boundMillis);
    const seen = (await readers.ask({ call: 'stop' })).map(({ result }) => result);
    const reads = seen.reduce((sum, { reads: own }) => sum + own, 0);
    console.log(`${Math.round(count / seconds)} invalidations and ${Math.round(reads / seconds)} reads a second.\n`);
    report(done, seen);
  } finally {
    await readers.stop();
    await writer.stop();
  }
}

function report(done, seen) {
  console.log(
    `| | processes that held it | p50, ms | p99, ms | longest, ms | still read after ${boundMillis} ms | loads a key |`,
  );
  console.log('|---|---:|---:|---:|---:|---:|---:|');
  for (const [name, isMeant] of [
    ['delete', ({ tags }) => tags.length === 0],
    ['invalidateTags', ({ tags }) => tags.length > 0],
  ]) {
    const meant = [...keys.keys()].filter((at) => isMeant(keys[at]));
    const delays = meant
      .flatMap((at) =>
        delaysOf(
          done.filter((each) => each.at === at),
          seen,
          at,
        ),
      )
      .sort(ascending);
    const late = delays.filter((millis) => millis > boundMillis).length;
    const loads = meant.map(
      (at) => new Set(seen.flatMap(({ entries }) => entries[at].map((each) => each.loadedAt))).size,
    );
    const quantile = (share) => (delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN).toFixed(1);
    console.log(
      `| ${name} | ${delays.length} | ${quantile(0.5)} | ${quantile(0.99)} | ${quantile(1)} | ${late} | ${Math.round(loads.reduce((sum, own) => sum + own, 0) / meant.length)} |`,
    );
  }
}

const ascending = (one, other) => one - other;

/** For each invalidation of a key and each reader that had read the value before: how long it still did afterwards. */
function delaysOf(done, seen, at) {
  const delays = [];
  for (const { entries } of seen) {
    for (const { loadedAt, firstRead, lastRead } of entries[at]) {
      const first = done.findIndex(({ start }) => start > loadedAt);
      if (first === -1 || firstRead > done[first].end) continue;
      delays.push(Math.max(0, lastRead - done[first].end));
      for (let next = first + 1; next < done.length && done[next].end < lastRead; next++)
        delays.push(lastRead - done[next].end);
    }
  }
  return delays;
}
