import type { StoreChange, StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { copyOfEntryIn, encodeRecord, isLive } from './record.js';

export interface AskedChange {
  readonly change: StoreChange;
  readonly now: Millis;
}

/** What a change comes to, if what is to stand after all of them is accepted. */
export type Outcome = { readonly stands: StoredEntry | undefined } | { readonly thrown: unknown };

export interface Applied {
  readonly outcomes: readonly Outcome[];
  /** What shall stand under the key. */
  readonly next: Buffer | undefined;
  /** Whether that is another record than before. */
  readonly isChanged: boolean;
}

/** Applies changes of one key one after the other to what stands. A change that throws changes nothing. */
export function applyChanges(standing: Buffer | undefined, changes: readonly AskedChange[]): Applied {
  let next = standing;
  const outcomes = changes.map(({ change, now }): Outcome => {
    try {
      const current = isLive(next, now) ? copyOfEntryIn(next) : undefined;
      const decision = change(current);
      if (decision === 'keep') return { stands: isLive(next, now) ? copyOfEntryIn(next) : undefined };
      next = decision === 'delete' ? undefined : encodeRecord(decision);
      return { stands: isLive(next, now) ? copyOfEntryIn(next) : undefined };
    } catch (thrown) {
      return { thrown };
    }
  });
  return { outcomes, next, isChanged: next !== standing };
}
