import { doubleCommits } from './checks/commits.js';
import { Disturbances } from './checks/disturbances.js';
import { fencesUsedTwice } from './checks/fences.js';
import type { Finding } from './checks/finding.js';
import { lostIncrements } from './checks/increments.js';
import { outlivedValues } from './checks/lives.js';
import { unsettledCalls } from './checks/settled.js';
import { type Staleness, staleReads } from './checks/stale-reads.js';
import { inventedValues } from './checks/values.js';
import type { History } from './history.js';

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly staleness: Staleness;
  readonly counted: Readonly<Record<string, number>>;
}

/** What is wrong with what happened. */
export function checkHistory(history: History): Verdict {
  const disturbances = new Disturbances(history);
  const stale = staleReads(history, disturbances);
  const judgements = [
    stale,
    doubleCommits(history, disturbances),
    outlivedValues(history, disturbances),
    inventedValues(history),
    lostIncrements(history),
    fencesUsedTwice(history),
    unsettledCalls(history, disturbances),
  ];
  return {
    findings: judgements.flatMap(({ findings }) => findings),
    staleness: stale.staleness,
    counted: Object.assign({}, ...judgements.map(({ counted }) => counted ?? {})),
  };
}
