import { tooSlow } from './firestore-errors.js';

/**
 * How long a request is waited for, whatever the client does: it may try again for ten minutes. A request that comes
 * late disturbs nothing: a late answer is dropped, and a late write meets its precondition.
 */
export const longestRequest = 15_000;

export function withinTime<Result>(request: Promise<Result>, millis = longestRequest): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow(millis)), millis);
    timer.unref();
    request.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
