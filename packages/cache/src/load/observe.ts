import { LoadFailure } from './load-failure.js';
import type { LoadLayer } from './load-layer.js';

/** Reports the facts of every request, and nothing else does. */
export const observe: LoadLayer =
  (next, { report }) =>
  async (request) => {
    const { key } = request;
    try {
      const outcome = await next(request);
      if (outcome.from === 'loader') report.miss(key);
      else report.hit(key, outcome.from);
      if (outcome.loaded !== undefined) report.load(key, outcome.loaded.millis);
      return outcome;
    } catch (thrown) {
      report.miss(key);
      if (!(thrown instanceof LoadFailure)) throw thrown;
      if (thrown.isFirstSight(request)) report.loadError(key, thrown.error);
      throw thrown.error;
    }
  };
