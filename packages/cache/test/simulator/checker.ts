import type { Millis } from '../../src/contracts/time.js';
import { checkHistory } from '../history/check-history.js';
import { Disturbances } from '../history/checks/disturbances.js';
import { livesOfData } from '../history/checks/increments.js';
import type { History, LoadRecord, Seen } from '../history/history.js';
import type { PlaceChange } from './virtual-store.js';

/** From when until when somebody believed to have a lock. */
export interface LockHold {
  readonly by: string;
  readonly name: string;
  readonly fencingToken: number;
  readonly from: Millis;
  until: Millis | undefined;
}

/** All that a run leaves behind. Only in a simulation one sees into the store. */
export interface RunHistory {
  readonly history: History;
  readonly changes: readonly PlaceChange[];
  readonly locks: readonly LockHold[];
  /** Those for which a process had to have the lease. */
  readonly leasedLoads: readonly LoadRecord[];
  readonly clocksDiffer: boolean;
  /** What should not be there any more at the end. */
  readonly leftBehind: readonly string[];
  /** Everything in the order of time, to look into. */
  readonly trace: () => readonly string[];
}

/** What is wrong with what happened. Pure. */
export function problemsOf(run: RunHistory): string[] {
  return [
    ...checkHistory(run.history).findings.map(({ name, text }) => `${name}: ${text}`),
    ...loadsOvertaken(run.changes),
    ...locksHeldTwice(run),
    ...leasesKept(run),
    ...loadedTwice(run),
    ...run.leftBehind,
  ];
}

/**
 * A load that was stored had its lease, or the entry that it renews, before it read the source: since then nothing else
 * may have become of the key's place. So no two loads are stored that overlapped, and none that a deletion overtook.
 */
function loadsOvertaken(changes: readonly PlaceChange[]): string[] {
  const problems: string[] = [];
  const before = new Map<string, PlaceChange[]>();
  for (const change of changes) {
    const earlier = before.get(change.place) ?? [];
    before.set(change.place, earlier);
    const value = change.value as Seen | undefined;
    if (value?.origin === 'loaded') {
      const other = earlier.find(({ at, version }) => at > value.at && version !== change.guard);
      if (other !== undefined) {
        const what = other.version === undefined ? 'deleted' : `written as ${other.version}`;
        problems.push(
          `load-overtaken: ${change.place} was ${what} at ${other.at}, and ${value.by} #${value.number}, loaded at ${value.at}, stored at ${change.at}`,
        );
      }
    }
    earlier.push(change);
  }
  return problems;
}

/**
 * Nobody else gets a lock before its holder believes that it has lost it, as long as the store has its data. Where clocks
 * differ, two may believe so for as long as the clocks disagree; then the tokens alone tell them apart.
 */
function locksHeldTwice({ locks, history, clocksDiffer }: RunHistory): string[] {
  if (clocksDiffer) return [];
  const problems: string[] = [];
  const lives = livesOfData(history.faults);
  for (const [at, one] of locks.entries()) {
    const end = Math.min(one.until ?? Number.POSITIVE_INFINITY, history.killed.get(one.by) ?? Number.POSITIVE_INFINITY);
    const other = locks.slice(at + 1).find(({ name, from }) => name === one.name && from < end);
    if (other === undefined || !lives.some(({ from, until }) => one.from > from && other.from < until)) continue;
    problems.push(`held-twice: ${one.name} by ${one.by} (${one.fencingToken}) and ${other.by} (${other.fencingToken})`);
  }
  return problems;
}

/** Whoever is there lets go of the lease of a load when it is over: nobody has to wait for its end. */
function leasesKept({ changes, history, clocksDiffer }: RunHistory): string[] {
  if (clocksDiffer) return [];
  const disturbances = new Disturbances(history);
  const problems: string[] = [];
  const standing = new Map<string, PlaceChange>();
  for (const change of changes) {
    const { place, at } = change;
    const lease = standing.get(place);
    if (lease?.leasedUntil !== undefined && at >= lease.leasedUntil && !disturbances.touch(lease.at, lease.leasedUntil))
      problems.push(`lease-kept: that of ${place} from ${lease.at} ended by itself at ${lease.leasedUntil}`);
    standing.set(place, change);
  }
  return problems;
}

/** A change takes the lease away, also in the time between the lease and the load. */
const leasedBefore = 300;

/** One load a key among all processes, as long as nothing is broken and nobody changes anything. */
function loadedTwice({ leasedLoads, history }: RunHistory): string[] {
  const disturbances = new Disturbances(history);
  const changes = history.calls.filter(({ call }) => call !== 'get' && call !== 'getOrSet');
  const problems: string[] = [];
  const loads = leasedLoads.filter(({ key, at, end }) => !key.startsWith('r') && !disturbances.touch(at, end));
  for (const [index, one] of loads.entries()) {
    for (const other of loads.slice(index + 1)) {
      const [from, until] = [Math.min(one.at, other.at), Math.max(one.end, other.end)];
      const isOverlap = one.key === other.key && one.by !== other.by && other.at < one.end && one.at < other.end;
      if (!isOverlap || changes.some(({ start, end }) => start < until && end > from - leasedBefore)) continue;
      problems.push(`loaded-twice: ${one.key} by ${one.by} at ${one.at} and by ${other.by} at ${other.at}`);
    }
  }
  return problems;
}
