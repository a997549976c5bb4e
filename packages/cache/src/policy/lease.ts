import type { LeaseAnswer } from '../contracts/lease.js';
import type { Millis } from '../contracts/time.js';

/** What is kept of a right: who has it, or had it last. */
export interface LeaseRecord {
  readonly holder: string;
  readonly fencingToken: number;
  /** Nobody else gets it before; 0 once it was let go of. */
  readonly until: Millis;
}

/** What to answer, and the record to write first, if any. */
export interface LeaseDecision<Answer> {
  readonly answer: Answer;
  readonly record?: LeaseRecord;
}

export function decideTake(
  record: LeaseRecord | undefined,
  holder: string,
  life: Millis,
  now: Millis,
): LeaseDecision<LeaseAnswer> {
  if (record !== undefined && isHeld(record, now) && record.holder !== holder) {
    return { answer: { isHeld: false, until: record.until } };
  }
  // Whoever takes it again asks because an answer was lost: nobody had it in between, so that the token stays.
  const fencingToken = isHeldBy(record, holder, now) ? record.fencingToken : tokenAfter(record, now);
  const answer = { isHeld: true, fencingToken, until: now + life } as const;
  return { answer, record: { holder, fencingToken, until: endForOthers(record, now, life) } };
}

export function decideExtend(
  record: LeaseRecord | undefined,
  holder: string,
  life: Millis,
  now: Millis,
): LeaseDecision<boolean> {
  if (!isHeldBy(record, holder, now)) return { answer: false };
  return { answer: true, record: { ...record, until: endForOthers(record, now, life) } };
}

/** The record stays, so that the next token is greater whatever the clock says, and that asking again does no harm. */
export function decideRelease(record: LeaseRecord | undefined, holder: string, now: Millis): LeaseDecision<boolean> {
  if (record?.holder !== holder) return { answer: false };
  if (record.until === released) return { answer: true };
  return isHeld(record, now) ? { answer: true, record: { ...record, until: released } } : { answer: false };
}

const released: Millis = 0;

function isHeld(record: LeaseRecord, now: Millis): boolean {
  return now < record.until;
}

function isHeldBy(record: LeaseRecord | undefined, holder: string, now: Millis): record is LeaseRecord {
  return record !== undefined && record.holder === holder && isHeld(record, now);
}

/**
 * Later than the end that the holder believes in, which is `now + life`: its timers may be late, and the clock by which
 * another process judges a little ahead. Never earlier than before: an extension may arrive after a later one.
 */
function endForOthers(record: LeaseRecord | undefined, now: Millis, life: Millis): Millis {
  return Math.max(record?.until ?? 0, now + life + marginOf(life));
}

/** For what clocks are apart, and for what they drift within a life. */
function marginOf(life: Millis): Millis {
  return 50 + life / 100;
}

/** A clock that is read in parts of a millisecond, so that no name's takes outrun it; a safe integer until 2248. */
const tokensPerMilli = 1_024;

/**
 * Greater than the last, and than any before a record that was lost: a token is at least the time of its take, and time
 * has gone on since. Only where the record was lost, and the clock of the next taker is behind by as much as passed since
 * the last take, is a token not greater. A fenced resource then refuses the new holder until its clock has caught up:
 * work is put off, not done twice.
 */
function tokenAfter(record: LeaseRecord | undefined, now: Millis): number {
  return Math.max((record?.fencingToken ?? 0) + 1, Math.floor(now * tokensPerMilli));
}
