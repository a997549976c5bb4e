import { LoaderTimeoutError } from '../errors.js';
import { LoadFailure } from './load-failure.js';
import type { LoadLayer } from './load-layer.js';

/**
 * Ends a load at the hard timeout, and whenever its flight is given up. The loader's signal tells it to stop; those who
 * wait do not depend on its listening.
 */
export const deadline: LoadLayer = (next, { clock }) => {
  return (request) => {
    const { key, flight, options } = request;
    if (flight === undefined) return next(request);
    const { hardTimeout } = options.manner;
    const begin = clock.now();
    return new Promise((resolve, reject) => {
      flight.whenAborted((reason) => reject(new LoadFailure(reason, clock.now() - begin, flight)));
      if (hardTimeout === Number.POSITIVE_INFINITY) {
        next(request).then(resolve, reject);
        return;
      }
      const cancel = clock.schedule(() => flight.abort(new LoaderTimeoutError(key, hardTimeout)), hardTimeout);
      next(request).finally(cancel).then(resolve, reject);
    });
  };
};
