import type { Bus } from '../contracts/bus.js';

/** For processes that do not know of each other. */
export const noBus: Bus = Object.freeze({
  isThere: false,
  changed() {},
  filled() {},
  released() {},
  tagsInvalidated() {},
  cleared() {},
  publish: () => Promise.resolve(),
  join() {},
  close: () => Promise.resolve(),
});
