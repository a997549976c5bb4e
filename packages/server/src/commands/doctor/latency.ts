import { performance } from 'node:perf_hooks';
import { type Check, ok, warning } from './check.js';

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** How long `work` takes, in milliseconds, one after the other. */
export async function measured(times: number, work: () => Promise<unknown>): Promise<Latency> {
  const millis: number[] = [];
  for (let at = 0; at < times; at++) {
    const start = performance.now();
    await work();
    millis.push(performance.now() - start);
  }
  return { p50: percentile(millis, 0.5), p99: percentile(millis, 0.99) };
}

/** The smallest value that this part of all values does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Beyond this a cache is hardly faster than what it stands before. */
const slow = 50;

export function latencyCheck(name: string, reads: Latency, writes: Latency, advice: string): Check {
  const detail = `reads ${spoken(reads)}, writes ${spoken(writes)}`;
  return Math.max(reads.p50, writes.p50) > slow ? warning(name, detail, advice) : ok(name, detail);
}

function spoken({ p50, p99 }: Latency): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
}
