import type { Cancel, Clock } from '../contracts/time.js';
import type { StoreGate } from './store-gate.js';

export interface StoreProbeParts {
  readonly gate: StoreGate;
  /** Some key, whether anything stands there or not. */
  readonly key: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly background: (work: Promise<unknown>) => void;
  readonly closing: AbortSignal;
}

const interval = 1_000;

/**
 * Asks a store that has failed, about once a second, whether it answers again. Somebody has to: what memory has is
 * served without asking the store as long as it does not answer, and a cache that is not used asks nothing at all.
 */
export function probeStore({ gate, key, clock, random, background, closing }: StoreProbeParts): void {
  let cancel: Cancel | undefined;
  const stop = () => {
    cancel?.();
    cancel = undefined;
  };
  const askLater = () => {
    stop();
    if (!closing.aborted) cancel = clock.schedule(() => background(ask()), interval * (0.75 + random() / 2));
  };
  const ask = async () => {
    await gate.probe((store, call) => store.get([key], call));
    if (!gate.isAnswering) askLater();
  };
  gate.onTurn((isAnswering) => (isAnswering ? stop() : askLater()));
  closing.addEventListener('abort', stop, { once: true });
}
