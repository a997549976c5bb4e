import type { Cache } from '@larder/cache';

/** A sum that all processes of the service add to. */
export interface SharedCounter {
  /** Resolves with the sum afterwards. A counter that is not there yet is made, for so many seconds. */
  add(name: string, units: number, lifeSeconds: number): Promise<number>;
}

/** Requests may wait for an answer, so it is not waited for as long as for other answers of a store. */
const longestWait = 500;

/**
 * Counters in the store of the service.
 *
 * An answer that comes too late to be used is a failure; what it has reserved is given back.
 */
export function createSharedCounter(shared: Cache): SharedCounter {
  const add = (name: string, units: number, lifeSeconds: number) =>
    shared.increment(name, units, { ttl: `${lifeSeconds}s` });
  return {
    add: (name, units, lifeSeconds) =>
      new Promise((resolve, reject) => {
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          reject(new Error('The store did not answer in time.'));
        }, longestWait);
        add(name, units, lifeSeconds).then(
          (total) => {
            clearTimeout(timer);
            if (isLate) add(name, -units, lifeSeconds).catch(() => {});
            else resolve(total);
          },
          (error) => {
            clearTimeout(timer);
            reject(error);
          },
        );
      }),
  };
}
