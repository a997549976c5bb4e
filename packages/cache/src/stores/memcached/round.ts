import type { StoreCall, StoreChange, StoredEntry, WriteCondition, WriteResult } from '../../contracts/store.js';
import { type EncodedEntry, isLive } from './records.js';

/* What several writes of one key, taken together, make of what stands: pure. */

/** A write that waits for its turn. */
export type KeyWrite =
  | { readonly kind: 'set'; readonly entry: EncodedEntry; readonly condition: WriteCondition | undefined }
  | { readonly kind: 'delete' }
  | { readonly kind: 'modify'; readonly change: StoreChange; readonly encode: (entry: StoredEntry) => EncodedEntry };

/** An answer to a write of this kind: of a set, of a delete, of a change. */
export type KeyAnswer = WriteResult | boolean | StoredEntry | undefined;

export type Outcome = { readonly value: KeyAnswer } | { readonly thrown: unknown };

/** What stands under the key; `'unseen'`: there is a live entry that was not read. */
export type Standing = StoredEntry | 'unseen' | undefined;

export interface Decided {
  readonly outcomes: readonly Outcome[];
  /** What must stand afterwards: an entry, nothing, or what stood before. */
  readonly next: EncodedEntry | 'delete' | 'keep';
}

/** Must the live entry be read, not only whether there is one? */
export function needsEntry(write: KeyWrite): boolean {
  return (
    write.kind === 'modify' || (write.kind === 'set' && write.condition !== undefined && 'version' in write.condition)
  );
}

export function decide(
  writes: readonly { readonly write: KeyWrite; readonly call: StoreCall }[],
  standing: Standing,
): Decided {
  let current = standing;
  let next: Decided['next'] = 'keep';
  const outcomes = writes.map(({ write, call }): Outcome => {
    const before = current === undefined || current === 'unseen' || isLive(current, call.now) ? current : undefined;
    try {
      const step = apply(write, before);
      if (step.stands !== 'keep') {
        next = step.stands;
        current = step.stands === 'delete' ? undefined : step.stands;
      }
      if (write.kind !== 'modify') return { value: step.value };
      const after = step.stands === 'keep' ? before : current;
      return {
        value: after !== undefined && after !== 'unseen' && isLive(after, call.now) ? copyOf(after) : undefined,
      };
    } catch (thrown) {
      return { thrown };
    }
  });
  return { outcomes, next };
}

function apply(write: KeyWrite, before: Standing): { stands: Decided['next']; value?: KeyAnswer } {
  if (write.kind === 'delete') return { stands: 'delete', value: before !== undefined };
  if (write.kind === 'modify') return { stands: changed(write, before) };
  if (!conditionHolds(write.condition, before)) return { stands: 'keep', value: 'condition-failed' };
  return { stands: write.entry, value: before === undefined ? 'created' : 'replaced' };
}

function changed({ change, encode }: KeyWrite & { kind: 'modify' }, before: Standing): Decided['next'] {
  const decision = change(before === undefined || before === 'unseen' ? undefined : copyOf(before));
  return typeof decision === 'string' ? decision : encode(decision);
}

function conditionHolds(condition: WriteCondition | undefined, before: Standing): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return before === undefined;
  return before !== undefined && before !== 'unseen' && before.version === condition.version;
}

/** What callers give and get is theirs. Into Node's pool, which makes small copies cheap. */
export function copyOf({ bytes, expiresAt, version }: StoredEntry): StoredEntry {
  return { bytes: Buffer.from(bytes), expiresAt, version };
}
