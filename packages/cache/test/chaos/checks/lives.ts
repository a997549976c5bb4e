import { bounds, families, familyOf, slowestLoad } from '../bounds.js';
import type { History } from '../history.js';
import type { Disturbances } from './disturbances.js';
import type { Finding, Judgement } from './finding.js';
import { keyOf } from './values.js';

/** No value is read after the end of its life and its stale window, whatever the clock of the reader says. */
export function outlivedValues({ calls }: History, disturbances: Disturbances): Judgement {
  const findings: Finding[] = [];
  for (const { by, call, start, seen } of calls) {
    for (const value of seen ?? []) {
      const late = start - value.at - families[familyOf(value.key)].life - slowestLoad - bounds.calm;
      if (late <= 0 || disturbances.touch(start)) continue;
      findings.push({ name: 'outlived', text: `${by} ${call} read ${keyOf(value)} ${Math.round(late)} ms too late` });
    }
  }
  return { findings };
}
