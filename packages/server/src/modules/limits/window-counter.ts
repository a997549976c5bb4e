import { unitsGranted } from './guided-reservation.js';
import type { Policy } from './policy.js';
import type { SharedCounter } from './shared-counter.js';

/** The counter of a window outlives it for processes whose clocks are behind. */
const marginSeconds = 60;

/** How much of each window's quota all processes have reserved. */
export class WindowCounter {
  readonly #policy: Policy;
  readonly #prefix: string;
  readonly #counter: SharedCounter;

  /** @param owner - whose quota it is; the same text in all processes */
  constructor(owner: string, policy: Policy, counter: SharedCounter) {
    this.#policy = policy;
    this.#prefix = `rate/${owner}/${policy.name}/${policy.windowSeconds}/`;
    this.#counter = counter;
  }

  /** Reserves as many of these units as there are; takes back at once what was added beyond the quota. */
  async reserve(window: number, units: number): Promise<{ readonly granted: number; readonly total: number }> {
    const { quota } = this.#policy;
    const total = await this.add(window, units);
    const granted = unitsGranted(total, units, quota);
    this.giveBack(window, units - granted);
    return { granted, total: Math.min(total, quota) };
  }

  /** Where this fails, the units are lost until the window ends. */
  giveBack(window: number, units: number): void {
    if (units > 0) this.add(window, -units).catch(() => {});
  }

  /** Resolves with what is reserved then, and may be more than the quota. */
  add(window: number, units: number): Promise<number> {
    return this.#counter.add(this.#prefix + window, units, this.#policy.windowSeconds + marginSeconds);
  }
}
