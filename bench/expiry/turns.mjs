import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** Shorter turns are only counted: nearly the whole of them is the wait for the timer. */
const worthKeeping = 3;
const shortest = 0.5;

/**
 * Times every turn of the event loop from one 1 ms timer to the next. Of the longer ones it tells what the garbage
 * collector took, and what is left of the processor time: on a shared machine a turn is also long because another
 * process had the processor.
 */
export function watchTurns() {
  const started = performance.now();
  const shortTurns = new Map();
  const longTurns = [];
  const collections = [];
  let ended;
  let last = started;
  let usage = process.cpuUsage();
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const timer = setInterval(() => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(usage);
    const millis = now - last;
    if (millis > worthKeeping) longTurns.push({ from: last, to: now, millis, processor: (user + system) / 1_000 });
    else count(shortTurns, millis);
    last = now;
    usage = process.cpuUsage();
  }, 1);

  const judged = () => longTurns.map((turn) => judge(turn, collections));
  return {
    millis: () => (ended ?? performance.now()) - started,
    async end() {
      clearInterval(timer);
      ended = performance.now();
      // The observer is told of collections a moment later.
      await wait(50);
      observer.disconnect();
    },
    histogram: () => histogram(shortTurns, judged()),
    longest: (turns, by) =>
      judged()
        .sort((one, other) => other[by] - one[by])
        .slice(0, turns),
  };
}

/** A pause of the collector lies within one turn, because it stops it. */
function judge({ from, to, millis, processor }, collections) {
  const within = collections.filter(({ startTime }) => startTime >= from && startTime < to);
  const collection = within.reduce((sum, { duration }) => sum + duration, 0);
  return { millis, collection, own: Math.max(0, Math.min(millis, processor) - collection) };
}

function histogram(shortTurns, longTurns) {
  const all = new Map(shortTurns);
  const own = new Map(shortTurns);
  for (const turn of longTurns) {
    count(all, turn.millis);
    count(own, turn.own);
  }
  const bounds = [...new Set([...all.keys(), ...own.keys()])].sort((one, other) => one - other);
  return bounds.map((upTo) => ({ upTo, turns: all.get(upTo) ?? 0, ownTurns: own.get(upTo) ?? 0 }));
}

function count(buckets, millis) {
  const upTo = 2 ** Math.ceil(Math.log2(Math.max(millis, shortest)));
  buckets.set(upTo, (buckets.get(upTo) ?? 0) + 1);
}
