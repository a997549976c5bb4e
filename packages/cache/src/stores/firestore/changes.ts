import type { StoreChange, StoredEntry, StoreWrite, WriteCondition, WriteResult } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { entryOf, isLive, type Standing } from './documents.js';
import { refuseTooLarge, refuseTooLongKey } from './limits.js';
import { termTexts } from './terms.js';

/* What writes do to an entry: pure, because it is done again with what stands then when somebody else came first. */

/** One write of one key, whatever kind. */
export interface Operation<Result> {
  readonly now: Millis;
  /** Does `decide` look at the bytes of what stands? */
  readonly needsBytes: boolean;
  decide(live: Standing | undefined): { readonly next: Standing | 'delete' | 'keep'; readonly result: Result };
}

export function setting({ condition, key, ...write }: StoreWrite, now: Millis): Operation<WriteResult> {
  refuseTooLongKey(key);
  const next = standingOf(key, write, now);
  return {
    now,
    needsBytes: false,
    decide(live) {
      if (!conditionHolds(condition, live)) return { next: 'keep', result: 'condition-failed' };
      return { next, result: live === undefined ? 'created' : 'replaced' };
    },
  };
}

export function deleting(now: Millis): Operation<boolean> {
  return { now, needsBytes: false, decide: (live) => ({ next: 'delete', result: live !== undefined }) };
}

export function modifying(key: string, change: StoreChange, now: Millis): Operation<StoredEntry | undefined> {
  return {
    now,
    needsBytes: true,
    decide(live) {
      const decision = change(live && entryOf(live));
      if (decision === 'keep') return { next: 'keep', result: live && entryOf(live) };
      if (decision === 'delete') return { next: 'delete', result: undefined };
      const written = standingOf(key, decision, now);
      // A touch: what was written is as old as it was.
      const next = live?.version === written.version ? { ...written, createdAt: live.createdAt } : written;
      return { next, result: isLive(next, now) ? entryOf(next) : undefined };
    },
  };
}

/** Copies the bytes: their owner may use them again at once. */
function standingOf(
  key: string,
  { bytes, expiresAt, version, indexes }: Omit<StoreWrite, 'key' | 'condition'>,
  now: Millis,
): Standing {
  const terms = termTexts(indexes);
  refuseTooLarge(key, bytes, terms);
  return { bytes: new Uint8Array(bytes), expiresAt, version, createdAt: now, terms };
}

function conditionHolds(condition: WriteCondition | undefined, live: Standing | undefined): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return live === undefined;
  return live?.version === condition.version;
}

/** What came of one operation. */
export type Answer = { readonly result: unknown } | { readonly thrown: unknown };

export interface Applied {
  /** What is to be written: nothing where everything was kept. */
  readonly change: Standing | 'delete' | 'none';
  /** In the order of the operations. */
  readonly answers: readonly Answer[];
  /** The time of the last operation that changed something. */
  readonly now: Millis;
}

/** All operations one after another, on what was read. One that throws changes nothing. */
export function applyAll(operations: readonly Operation<unknown>[], found: Standing | undefined): Applied {
  let standing = found;
  let change: Applied['change'] = 'none';
  let changedAt = 0;
  const answers = operations.map((operation): Answer => {
    const live = standing !== undefined && isLive(standing, operation.now) ? standing : undefined;
    try {
      const { next, result } = operation.decide(live);
      if (next === 'keep') return { result };
      standing = next === 'delete' ? undefined : next;
      change = next;
      changedAt = operation.now;
      return { result };
    } catch (thrown) {
      return { thrown };
    }
  });
  return { change, answers, now: changedAt };
}
