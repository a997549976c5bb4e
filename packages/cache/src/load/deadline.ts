import { LoaderTimeoutError } from '../errors.js';
import type { LoadLayer } from './load-layer.js';

/** Gives a load up at the hard timeout, which began with the flight: also the wait for the lease is over then. */
export const deadline: LoadLayer = (next, { clock }) => {
  return (request) => {
    const { key, flight, options } = request;
    const { hardTimeout } = options.manner;
    if (flight === undefined || hardTimeout === Number.POSITIVE_INFINITY) return next(request);
    const giveUp = () => flight.abort(new LoaderTimeoutError(key, hardTimeout));
    const left = hardTimeout - (clock.now() - flight.begunAt);
    if (left <= 0) {
      giveUp();
      return Promise.reject(flight.signal.reason);
    }
    const cancel = clock.schedule(giveUp, left);
    return next(request).finally(cancel);
  };
};
