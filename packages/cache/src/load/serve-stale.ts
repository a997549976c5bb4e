import type { Found } from '../contracts/tier.js';
import { mayServeOnError, mayServeWhileRevalidating } from '../policy/stale-windows.js';
import { cachedOutcome, copyOfFound } from './cached-outcome.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

/**
 * Answers with a stale entry where that is allowed: at once while it is renewed in the background; instead of an error;
 * when the load takes longer than the soft timeout of this caller; and, for a while after a failed load, without trying.
 */
export const serveStale: LoadLayer = (next, kit) => {
  const { clock, backoff, refreshes, sharing } = kit;
  return (request) => {
    const { cached, key, options } = request;
    // A background refresh has nobody to serve, and its stale entry is there for the loader only.
    if (cached === undefined || request.reason !== 'miss') return next(request);
    const now = clock.now();
    if (!mayServeOnError(cached.entry, options.lifespan, now)) return next(request);
    if (!backoff.mayTry(key)) return Promise.resolve(cachedOutcome(cached, 'backing-off'));
    if (!mayServeWhileRevalidating(cached.entry, options.lifespan, now))
      return loadOrServe(kit, { ...request, reason: 'stale' }, cached, next);
    refreshes.start(next, request, 'stale');
    return Promise.resolve(cachedOutcome(copyOfFound(cached, sharing), 'refreshing'));
  };
};

function loadOrServe(
  { clock, refreshes, sharing }: LoadKit,
  request: LoadRequest,
  cached: Found,
  next: LoadFn,
): Promise<LoadOutcome> {
  const { lifespan, manner, signal } = request.options;
  const isServable = () => mayServeOnError(cached.entry, lifespan, clock.now());
  const attendance = attend(signal);
  const load = next({ ...request, options: { ...request.options, signal: attendance.signal } });
  return new Promise((resolve, reject) => {
    const cancel = scheduleUnlessNever(clock, manner.softTimeout, () => {
      if (!isServable()) return;
      resolve(cachedOutcome(copyOfFound(cached, sharing), 'load-slow'));
      attendance.end();
      refreshes.follow(request, load);
    });
    const end = () => {
      cancel();
      attendance.end();
    };
    load.then(
      (outcome) => {
        end();
        resolve(outcome);
      },
      (failure) => {
        end();
        if (failure instanceof LoadFailure && isServable()) resolve(cachedOutcome(cached, 'load-failed', failure));
        else reject(failure);
      },
    );
  });
}

/** Follows the caller's signal until the caller has its answer: who leaves afterwards does not end the load. */
function attend(signal: AbortSignal | undefined): { readonly signal: AbortSignal | undefined; end(): void } {
  if (signal === undefined) return { signal, end() {} };
  const controller = new AbortController();
  const leave = () => controller.abort(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return { signal: controller.signal, end: () => signal.removeEventListener('abort', leave) };
}

function scheduleUnlessNever(clock: LoadKit['clock'], delay: number, task: () => void): () => void {
  return delay === Number.POSITIVE_INFINITY ? () => {} : clock.schedule(task, delay);
}
