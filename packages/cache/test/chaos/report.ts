import type { Verdict } from '../history/check-history.js';
import type { Finding, FindingName } from '../history/checks/finding.js';
import type { CallName, History, Outcome } from '../history/history.js';
import { bounds, limitOf } from './bounds.js';

interface CallCount {
  readonly outcomes: Record<Outcome, number>;
  slowest: number;
}

/** What a campaign came to, chapter by chapter. Keeps numbers, and the first findings of each name. */
export class CampaignReport {
  readonly #seed: number;
  readonly #calls = new Map<CallName, CallCount>();
  readonly #faults = new Map<string, number>();
  readonly #findings = new Map<FindingName, { count: number; first: Finding[] }>();
  readonly #counted = new Map<string, number>();
  readonly #staleness = { calm: new Ages(), disturbed: new Ages() };
  #loads = 0;
  #reads = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add({ calls, loads, faults }: History, { findings, staleness, counted }: Verdict): void {
    for (const { call, outcome, start, end, seen } of calls) {
      const count = this.#calls.get(call) ?? { outcomes: { done: 0, unsure: 0, hung: 0 }, slowest: 0 };
      count.outcomes[outcome]++;
      count.slowest = Math.max(count.slowest, end - start);
      this.#calls.set(call, count);
      this.#reads += seen?.length ?? 0;
    }
    this.#loads += loads.length;
    for (const { kind } of faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
    for (const [name, number] of Object.entries(counted))
      this.#counted.set(name, (this.#counted.get(name) ?? 0) + number);
    for (const finding of findings) this.#note(finding);
    for (const age of staleness.calm) this.#staleness.calm.add(age);
    for (const age of staleness.disturbed) this.#staleness.disturbed.add(age);
  }

  get callCount(): number {
    let sum = 0;
    for (const { outcomes } of this.#calls.values()) sum += outcomes.done + outcomes.unsure + outcomes.hung;
    return sum;
  }

  get faultKinds(): readonly string[] {
    return [...this.#faults.keys()];
  }

  /** How often something was found, and the first few times. */
  found(...names: readonly FindingName[]): readonly string[] {
    return names.flatMap((name) => {
      const { count = 0, first = [] } = this.#findings.get(name) ?? {};
      return count === 0 ? [] : [`${name}: ${count} times`, ...first.map(({ text }) => text)];
    });
  }

  get isClean(): boolean {
    return this.#findings.size === 0;
  }

  toString(): string {
    const calls = [...this.#calls].map(([call, { outcomes, slowest }]) => {
      const { done, unsure, hung } = outcomes;
      return `| ${call} | ${done} | ${unsure} | ${hung} | ${slowest.toFixed(0)} | ${limitOf(call)} |`;
    });
    const { calm, disturbed } = this.#staleness;
    return [
      `Seed ${this.#seed}: ${this.callCount} calls, ${this.#reads} values read, ${this.#loads} loads.`,
      '',
      '| call | done | unsure | hung | slowest, ms | limit, ms |',
      '|---|---:|---:|---:|---:|---:|',
      ...calls,
      '',
      '| fault | times |',
      '|---|---:|',
      ...[...this.#faults].map(([kind, times]) => `| ${kind} | ${times} |`),
      '',
      'Values read after a change that overtook them was acknowledged:',
      '',
      `| | reads | p50, ms | p99, ms | longest, ms | later than ${bounds.calm} ms |`,
      '|---|---:|---:|---:|---:|---:|',
      `| in calm times | ${calm} |`,
      `| from a fault until ${bounds.heal} ms after it | ${disturbed} |`,
      '',
      ...[...this.#counted].map(([name, number]) => `${name}: ${number}`),
      '',
      this.isClean ? 'Verdict: nothing found.' : 'Verdict: FOUND',
      ...this.found(...this.#findings.keys()),
    ].join('\n');
  }

  #note(finding: Finding): void {
    const found = this.#findings.get(finding.name) ?? { count: 0, first: [] };
    found.count++;
    if (found.first.length < 5) found.first.push(finding);
    this.#findings.set(finding.name, found);
  }
}

/** How many milliseconds, in slots of one, and one for all beyond a minute. */
class Ages {
  readonly #slots = new Uint32Array(60_001);
  #count = 0;
  #longest = 0;

  add(age: number): void {
    this.#count++;
    this.#longest = Math.max(this.#longest, age);
    const slot = Math.min(Math.floor(age), this.#slots.length - 1);
    this.#slots[slot] = (this.#slots[slot] as number) + 1;
  }

  toString(): string {
    const [middle, late] = [this.#quantile(0.5), this.#quantile(0.99)];
    return [this.#count, middle, late, this.#longest.toFixed(0), this.#laterThan(bounds.calm)].join(' | ');
  }

  #quantile(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (const [slot, number] of this.#slots.entries()) {
      left -= number;
      if (left <= 0) return slot;
    }
    return 0;
  }

  #laterThan(milliseconds: number): number {
    return this.#slots.subarray(milliseconds).reduce((sum, number) => sum + number, 0);
  }
}
