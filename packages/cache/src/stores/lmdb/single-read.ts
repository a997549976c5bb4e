import type { Table } from './open-environment.js';

let endSnapshot: (() => void) | undefined;

/**
 * The bytes under one key, in LMDB's own buffer, as they are right now: the snapshot that lmdb begins for the read ends
 * with it.
 *
 * Left alone, lmdb ends its snapshots by a timer of one millisecond, and a timer that near makes every sleep of the
 * event loop dear: 9 µs a request in a service with little to do (bench/README.md). lmdb has no option for it, but
 * looks `setTimeout` up at each use; and until this returns, nobody else can run and find it replaced.
 */
export function readSingle(values: Table, key: Buffer): Buffer | undefined {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = takeEnd as unknown as typeof setTimeout;
  try {
    return values.getBinaryFast(key);
  } finally {
    globalThis.setTimeout = setTimeout;
    endTakenSnapshot();
  }
}

/** What `read` finds in a snapshot that begins now: an earlier one of this turn may be older than the news. */
export function readFresh<Result>(root: Pick<Table, 'resetReadTxn'>, read: () => Result): Result {
  root.resetReadTxn();
  const { setTimeout } = globalThis;
  globalThis.setTimeout = takeEnd as unknown as typeof setTimeout;
  try {
    return read();
  } finally {
    globalThis.setTimeout = setTimeout;
    endTakenSnapshot();
  }
}

/** What it answers stands for the timer: lmdb only asks whether there is one. */
function takeEnd(end: () => void): true {
  endSnapshot = end;
  return true;
}

/** There is none inside a transaction, nor while a listing of this moment still has its own. */
function endTakenSnapshot(): void {
  const end = endSnapshot;
  endSnapshot = undefined;
  end?.();
}
