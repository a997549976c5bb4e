import type { StoreChange, StoredEntry, WriteCondition, WriteResult } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { type Content, contentOf, entryOf, isLive } from './records.js';

/** One thing asked of one key. */
export type Operation = { readonly now: Millis } & (
  | { readonly kind: 'set'; readonly content: Content; readonly condition: WriteCondition | undefined }
  | { readonly kind: 'delete' }
  | { readonly kind: 'modify'; readonly change: StoreChange }
);

export type Answer =
  | { readonly value: WriteResult | boolean | StoredEntry | undefined }
  /** What a change threw: for its caller alone. */
  | { readonly thrown: unknown };

export interface Plan<Standing extends Content> {
  readonly answers: readonly Answer[];
  /** What shall stand after it: `standing` itself where nothing changes. */
  readonly next: Standing | Content | undefined;
}

/** Everything that waits for one key, done in its order on what stands: one write does for all. */
export function planRound<Standing extends Content>(
  standing: Standing | undefined,
  operations: readonly Operation[],
): Plan<Standing> {
  let next: Standing | Content | undefined = standing;
  const answers = operations.map((operation): Answer => {
    const live = next !== undefined && isLive(next, operation.now) ? next : undefined;
    const outcome = outcomeOf(operation, live);
    if ('stands' in outcome) next = outcome.stands;
    return outcome.answer;
  });
  return { answers, next };
}

/** Without `stands` nothing changes. */
interface Outcome {
  readonly answer: Answer;
  readonly stands?: Content | undefined;
}

function outcomeOf(operation: Operation, live: Content | undefined): Outcome {
  if (operation.kind === 'delete') return { answer: { value: live !== undefined }, stands: undefined };
  if (operation.kind === 'modify') return changed(operation.change, live, operation.now);
  if (!conditionHolds(operation.condition, live)) return { answer: { value: 'condition-failed' } };
  return { answer: { value: live === undefined ? 'created' : 'replaced' }, stands: operation.content };
}

function changed(change: StoreChange, live: Content | undefined, now: Millis): Outcome {
  try {
    const decision = change(live && entryOf(live));
    if (decision === 'keep') return { answer: { value: live && entryOf(live) } };
    if (decision === 'delete') return { answer: { value: undefined }, stands: undefined };
    const stands = contentOf(decision);
    return { answer: { value: isLive(stands, now) ? entryOf(stands) : undefined }, stands };
  } catch (thrown) {
    return { answer: { thrown } };
  }
}

export function conditionHolds(condition: WriteCondition | undefined, live: Content | undefined): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return live === undefined;
  return live?.version === condition.version;
}
