import type { Bus } from '../contracts/bus.js';

/** For processes that do not know of each other. */
export const noBus: Bus = Object.freeze({ written() {}, tagsInvalidated() {}, cleared() {} });
