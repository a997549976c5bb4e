import type { History } from '../history.js';
import type { Disturbances } from './disturbances.js';
import type { Finding, Judgement } from './finding.js';
import { keyOf } from './values.js';

/** No value is read after the end of its life and its stale window, whatever the clock of the reader says. */
export function outlivedValues({ calls, promised }: History, disturbances: Disturbances): Judgement {
  const findings: Finding[] = [];
  for (const { by, call, start, seen } of calls) {
    for (const value of seen ?? []) {
      const late = start - value.at - promised.lifeOf(value.key) - promised.calm;
      if (late <= 0 || disturbances.touch(start)) continue;
      findings.push({ name: 'outlived', text: `${by} ${call} read ${keyOf(value)} ${Math.round(late)} ms too late` });
    }
  }
  return { findings };
}
