import type { CallRecord, History, StallRecord } from '../history.js';
import type { Disturbances } from './disturbances.js';
import type { Finding, Judgement } from './finding.js';

/** Every call is answered within its limit, and what a process did not run is not its fault; no process ends by itself. */
export function unsettledCalls({ calls, stalls, crashes, promised }: History, disturbances: Disturbances): Judgement {
  const findings: Finding[] = crashes.map((text) => ({ name: 'crash', text }));
  let unsure = 0;
  for (const call of calls) {
    if (call.outcome === 'unsure' && !disturbances.touch(call.start, call.end)) unsure++;
    const took = call.end - call.start;
    const limit = promised.limitOf(call.call);
    const text = `${call.by} ${call.call} of ${call.keys.join(', ')} took ${Math.round(took)} ms, and may take ${limit}`;
    if (call.outcome === 'hung') findings.push({ name: 'hung', text });
    else if (took > limit && took - stalledDuring(call, stalls) > limit) findings.push({ name: 'too-slow', text });
  }
  return { findings, counted: { 'calls that failed in calm times': unsure } };
}

function stalledDuring({ by, start, end }: CallRecord, stalls: readonly StallRecord[]): number {
  let sum = 0;
  for (const stall of stalls) {
    // The machine's stalls are those of the process that starts and proxies all others.
    if (stall.by !== by && stall.by !== 'parent') continue;
    sum += Math.max(0, Math.min(end, stall.until) - Math.max(start, stall.from));
  }
  return sum;
}
