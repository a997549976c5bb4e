import type { CallRecord, FaultRecord, History, Instant, LoadRecord, StallRecord } from '../history/history.js';
import { bounds, promised } from './bounds.js';

const beat = 20;

export function instant(): Instant {
  return Number(process.hrtime.bigint()) / 1e6;
}

interface Records {
  readonly calls: readonly CallRecord[];
  readonly loads: readonly LoadRecord[];
  readonly stalls: readonly StallRecord[];
  readonly crashes: readonly string[];
}

/** Where all processes of a campaign write. A chapter has keys of its own, so that it can be judged and forgotten. */
export class HistoryBook {
  #calls: CallRecord[] = [];
  #loads: LoadRecord[] = [];
  #faults: FaultRecord[] = [];
  #stalls: StallRecord[] = [];
  #crashes: string[] = [];
  readonly #killed = new Map<string, Instant>();
  readonly #withoutMemory = new Set<string>();
  readonly #heart: NodeJS.Timeout;

  constructor() {
    let last = instant();
    this.#heart = setInterval(() => {
      const now = instant();
      if (now - last > beat + bounds.stall) this.#stalls.push({ by: 'parent', from: last, until: now });
      last = now;
    }, beat);
    this.#heart.unref();
  }

  add({ calls, loads, stalls, crashes }: Records): void {
    this.#calls.push(...calls);
    this.#loads.push(...loads);
    this.#stalls.push(...stalls);
    this.#crashes.push(...crashes);
  }

  fault(record: FaultRecord): void {
    this.#faults.push(record);
  }

  crashed(text: string): void {
    this.#crashes.push(text);
  }

  killed(name: string): void {
    this.#killed.set(name, instant());
  }

  hasNoMemory(name: string): void {
    this.#withoutMemory.add(name);
  }

  /** What happened since the last chapter ended. */
  endChapter(sums: ReadonlyMap<string, number | undefined>): History {
    const history = {
      promised,
      calls: this.#calls,
      loads: this.#loads,
      faults: this.#faults,
      stalls: this.#stalls,
      crashes: this.#crashes,
      killed: new Map(this.#killed),
      withoutMemory: new Set(this.#withoutMemory),
      sums,
    };
    [this.#calls, this.#loads, this.#faults, this.#stalls, this.#crashes] = [[], [], [], [], []];
    return history;
  }

  close(): void {
    clearInterval(this.#heart);
  }
}
