import type { StoreChange, StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { type Ending, endingOf } from './endings.js';
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
  /** Whether that is another record than before, or there are endings. */
  readonly isChanged: boolean;
  /** What is to be told: the end of what shall stand, and of what these changes wrote and then found expired. */
  readonly endings: readonly Ending[];
  /** The time of the change that replaced what stood. */
  readonly now: Millis | undefined;
}

/** Applies changes of one key one after the other to what stands. A change that throws changes nothing. */
export function applyChanges(standing: Buffer | undefined, changes: readonly AskedChange[]): Applied {
  let next = standing;
  let nextEnding: Ending | undefined;
  let replacedAt: Millis | undefined;
  const endings: Ending[] = [];
  const outcomes = changes.map(({ change, now }): Outcome => {
    try {
      const current = isLive(next, now) ? copyOfEntryIn(next) : undefined;
      const decision = change(current);
      if (decision === 'keep') return { stands: isLive(next, now) ? copyOfEntryIn(next) : undefined };
      const record = decision === 'delete' ? undefined : encodeRecord(decision);
      if (nextEnding !== undefined && !isLive(next, now)) endings.push(nextEnding);
      nextEnding = decision === 'delete' ? undefined : endingOf(decision);
      replacedAt ??= now;
      next = record;
      return { stands: isLive(next, now) ? copyOfEntryIn(next) : undefined };
    } catch (thrown) {
      return { thrown };
    }
  });
  if (nextEnding !== undefined) endings.push(nextEnding);
  return { outcomes, next, isChanged: next !== standing || endings.length > 0, endings, now: replacedAt };
}
