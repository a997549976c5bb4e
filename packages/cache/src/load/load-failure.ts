import type { LoadRequest } from './load-layer.js';

/** The failure of a loader on its way through the layers: told apart from failures of the cache itself. */
export class LoadFailure {
  /** What the loader threw: what every caller gets. */
  readonly error: unknown;
  readonly #request: LoadRequest;

  constructor(error: unknown, request: LoadRequest) {
    this.error = error;
    this.#request = request;
  }

  /** True for the request that ran the loader, false for those that waited with it. */
  isFirstSight(request: LoadRequest): boolean {
    return request === this.#request;
  }
}
