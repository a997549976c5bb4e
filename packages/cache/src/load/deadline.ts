import { LoaderTimeoutError } from '../errors.js';
import type { LoadLayer } from './load-layer.js';

/** Gives a load up at the hard timeout. */
export const deadline: LoadLayer = (next, { clock }) => {
  return (request) => {
    const { key, flight, options } = request;
    const { hardTimeout } = options.manner;
    if (flight === undefined || hardTimeout === Number.POSITIVE_INFINITY) return next(request);
    const cancel = clock.schedule(() => flight.abort(new LoaderTimeoutError(key, hardTimeout)), hardTimeout);
    return next(request).finally(cancel);
  };
};
