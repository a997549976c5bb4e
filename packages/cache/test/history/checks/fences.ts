import type { CallRecord, History } from '../history.js';
import type { Finding, Judgement } from './finding.js';
import { livesOfData } from './increments.js';

/**
 * One fencing token, one holder; who holds a lock after another has a greater one. One version of an entry, one value:
 * the version is what a commit leaves behind.
 */
export function fencesUsedTwice(history: History): Judgement {
  const lives = livesOfData(history.faults);
  const locks = lives.flatMap(({ from, until }) => {
    const own = history.calls.filter(
      ({ fencingToken, start, end }) => fencingToken !== undefined && start > from && end < until,
    );
    return tokensUsedTwice(own);
  });
  return { findings: [...locks, ...versionsUsedTwice(history.calls)] };
}

function tokensUsedTwice(locks: readonly CallRecord[]): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, CallRecord>();
  const byEnd = [...locks].sort((one, other) => one.end - other.end);
  const greatest = new Map<string, number>();
  let ended = 0;
  for (const lock of [...locks].sort((one, other) => one.start - other.start)) {
    const [name, token] = [lock.keys[0] as string, lock.fencingToken as number];
    for (let before = byEnd[ended]; before !== undefined && before.end < lock.start; before = byEnd[++ended]) {
      const other = before.keys[0] as string;
      greatest.set(other, Math.max(greatest.get(other) ?? -1, before.fencingToken as number));
    }
    const holder = holders.get(`${name} ${token}`);
    if (holder !== undefined) {
      findings.push({ name: 'one-fence-twice', text: `${name}: ${holder.by} and ${lock.by} held token ${token}` });
    } else if (token <= (greatest.get(name) ?? -1)) {
      findings.push({ name: 'one-fence-twice', text: `${name}: ${lock.by} got ${token} after ${greatest.get(name)}` });
    }
    holders.set(`${name} ${token}`, lock);
  }
  return findings;
}

function versionsUsedTwice(calls: readonly CallRecord[]): Finding[] {
  const findings: Finding[] = [];
  const values = new Map<string, string>();
  for (const { seen } of calls) {
    for (const { key, by, number, origin, version } of seen ?? []) {
      if (version === undefined) continue;
      const value = `${origin} by ${by} #${number}`;
      const other = values.get(`${key} ${version}`);
      if (other !== undefined && other !== value) {
        findings.push({ name: 'one-fence-twice', text: `${key}: version ${version} is ${other} and ${value}` });
      }
      values.set(`${key} ${version}`, value);
    }
  }
  return findings;
}
