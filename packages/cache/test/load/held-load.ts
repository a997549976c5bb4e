import type { Cache } from '../../src/contracts/cache.js';
import type { Loader, LoaderContext } from '../../src/contracts/load.js';
import { deferred } from './deferred.js';

export interface HeldLoad<T> {
  readonly loader: Loader<T>;
  /** Resolves when the loader runs, with what it was told. */
  readonly begun: Promise<LoaderContext>;
  readonly answer: (value: T) => void;
  readonly fail: (error: unknown) => void;
  /** How often the loader ran. */
  readonly runs: () => number;
}

/** A loader that answers when the test says so. */
export function heldLoad<T = string>(): HeldLoad<T> {
  const gate = deferred<T>();
  const begun = deferred<LoaderContext>();
  let runs = 0;
  gate.promise.catch(() => {});
  return {
    loader(context) {
      runs++;
      begun.resolve(context);
      return gate.promise;
    },
    begun: begun.promise,
    answer: gate.resolve,
    fail: gate.reject,
    runs: () => runs,
  };
}

/** Lets everything happen that waits for nothing but its turn, and for a local disk. */
export async function settled(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Is the promise still open, after everything had its turn? */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOpen = true;
  const end = () => {
    isOpen = false;
  };
  promise.then(end, end);
  await settled();
  return isOpen;
}

/** Lets turns pass until it is so; a disk takes some. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn === 100_000) throw new Error(`It never came about that ${isSo}.`);
    await settled(1);
  }
}

/** Resolves when the cache has reported so many loads as ended: what they brought is stored, or was refused. */
export function loadsEnded({ cache }: { readonly cache: Cache }, count: number): Promise<void> {
  return until(() => cache.stats().loads + cache.stats().loadErrors >= count);
}
