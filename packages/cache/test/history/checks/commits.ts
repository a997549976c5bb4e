import type { CallRecord, History, LoadRecord, Seen } from '../history.js';
import type { Disturbances } from './disturbances.js';
import type { Finding, Judgement } from './finding.js';
import { livesOfData } from './increments.js';

/**
 * What two loads under one lease would look like, by what processes without memory read. Of two loads of a key that
 * overlap, one at most had the lease when it ended, so not both are stored; and an older load never replaces a newer.
 */
export function doubleCommits(history: History, disturbances: Disturbances): Judgement {
  const reads = history.calls.filter(({ by, call }) => history.withoutMemory.has(by) && isPlainRead(call));
  const lives = livesOfData(history.faults).map(({ from, until }) =>
    reads.filter(({ start, end }) => start > from && end < until),
  );
  const stored = lives.map((own) => new Set(own.flatMap(({ seen }) => (seen ?? []).map(nameOf))));
  const findings: Finding[] = [];
  const pairs = overlaps(history.loads);
  let storedInFaults = 0;
  for (const [one, other] of pairs) {
    if (!stored.some((names) => names.has(nameOf(one)) && names.has(nameOf(other)))) continue;
    const text = `${one.key}: loads ${nameOf(one)} and ${nameOf(other)} overlapped, and the store had both`;
    if (disturbances.touch(one.at, other.end)) storedInFaults++;
    else findings.push({ name: 'both-loads-stored', text });
  }
  findings.push(...lives.flatMap((own) => stepsBack(own, history.promised.calm, disturbances)));
  return { findings, counted: { 'loads that overlapped': pairs.length, 'both stored, in faults': storedInFaults } };
}

/** `getOrSet` may answer with its own load, stored or not. */
function isPlainRead(call: CallRecord['call']): boolean {
  return call === 'get' || call === 'getMany' || call === 'getEntry';
}

function nameOf({ by, number }: Pick<Seen, 'by' | 'number'>): string {
  return `${by} #${number}`;
}

/** Pairs of loads of one key by different processes, of which one began before the other had ended. */
function overlaps(loads: readonly LoadRecord[]): [LoadRecord, LoadRecord][] {
  const pairs: [LoadRecord, LoadRecord][] = [];
  const running = new Map<string, LoadRecord[]>();
  for (const load of [...loads].sort((one, other) => one.at - other.at)) {
    const others = (running.get(load.key) ?? []).filter(({ end }) => end > load.at);
    for (const other of others) if (other.by !== load.by) pairs.push([other, load]);
    running.set(load.key, [...others, load]);
  }
  return pairs;
}

function stepsBack(reads: readonly CallRecord[], calm: number, disturbances: Disturbances): Finding[] {
  const findings: Finding[] = [];
  const newest = new Map<string, { at: number; name: string }>();
  const byEnd = [...reads].sort((one, other) => one.end - other.end);
  let ended = 0;
  for (const read of [...reads].sort((one, other) => one.start - other.start)) {
    for (let before = byEnd[ended]; before !== undefined; before = byEnd[++ended]) {
      // Who misses memory at the same time shares a read, which may have begun before the call.
      if (before.end + calm > read.start) break;
      for (const seen of before.seen ?? []) {
        if (seen.origin === 'loaded' && seen.at > (newest.get(seen.key)?.at ?? 0))
          newest.set(seen.key, { at: seen.at, name: nameOf(seen) });
      }
    }
    if (disturbances.touch(read.start)) continue;
    for (const seen of read.seen ?? []) {
      const newer = newest.get(seen.key);
      if (seen.origin !== 'loaded' || newer === undefined || seen.at >= newer.at) continue;
      const text = `${seen.key}: the store had the load ${nameOf(seen)} again after ${newer.name}, which is newer`;
      findings.push({ name: 'store-went-back', text });
    }
  }
  return findings;
}
