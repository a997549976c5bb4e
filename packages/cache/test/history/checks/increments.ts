import type { CallRecord, FaultRecord, History, Instant } from '../history.js';
import type { Finding, Judgement } from './finding.js';

/**
 * Increments are by one, so that each that is acknowledged has a sum of its own, greater than the sums of those that
 * ended before it began; and the counter holds them all in the end. Redis may lose its data: each life of the data is
 * judged by itself, without the calls that were under way when it ended.
 */
export function lostIncrements(history: History): Judgement {
  const findings: Finding[] = [];
  const increments = history.calls.filter(({ call }) => call === 'increment');
  const lives = livesOfData(history.faults);
  for (const key of new Set(increments.map(({ keys }) => keys[0] as string))) {
    const own = increments.filter(({ keys }) => keys[0] === key);
    for (const [at, life] of lives.entries()) {
      const done = own.filter(({ start, end, outcome }) => outcome === 'done' && start > life.from && end < life.until);
      findings.push(...outOfOrder(key, done));
      if (at < lives.length - 1) continue;
      const final = finalSum(key, done.length, history.sums.get(key));
      if (final !== undefined) findings.push(final);
    }
  }
  return { findings };
}

export interface Life {
  readonly from: Instant;
  readonly until: Instant;
}

/** From one loss of all data to the next. */
export function livesOfData(faults: readonly FaultRecord[]): Life[] {
  const losses = faults.flatMap(({ emptied }) => emptied ?? []).sort((one, other) => one.from - other.from);
  const starts = [Number.NEGATIVE_INFINITY, ...losses.map(({ until }) => until)];
  return starts.map((from, at) => ({ from, until: losses[at]?.from ?? Number.POSITIVE_INFINITY }));
}

function outOfOrder(key: string, done: readonly CallRecord[]): Finding[] {
  const findings: Finding[] = [];
  const found = (text: string) => findings.push({ name: 'lost-increment', text: `${key}: ${text}` });
  const sums = new Set<number>();
  const byEnd = [...done].sort((one, other) => one.end - other.end);
  let [ended, greatest] = [0, Number.NEGATIVE_INFINITY];
  for (const call of [...done].sort((one, other) => one.start - other.start)) {
    const sum = call.sum as number;
    for (let before = byEnd[ended]; before !== undefined && before.end < call.start; before = byEnd[++ended])
      greatest = Math.max(greatest, before.sum as number);
    if (sums.has(sum)) found(`two calls were told ${sum}`);
    else if (sum <= greatest) found(`${call.by} was told ${sum} after ${greatest} had been acknowledged`);
    sums.add(sum);
  }
  return findings;
}

/** It may hold more: the increments that nobody acknowledged, and those of processes that were killed. */
function finalSum(key: string, acknowledged: number, sum: number | undefined): Finding | undefined {
  const text = `${key} holds ${sum} in the end, and ${acknowledged} were acknowledged since the data was lost`;
  return acknowledged <= (sum ?? 0) ? undefined : { name: 'lost-increment', text };
}
