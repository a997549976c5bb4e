import type { RouteName } from '../../http/addresses.js';

/** How often each route answered with each status. No key, no tenant: the labels stay few. */
export interface AnswerCounters {
  count(route: RouteName, status: number): void;
  entries(): IterableIterator<{ readonly route: RouteName; readonly status: number; readonly count: number }>;
}

const lowestStatus = 100;
const statuses = 500;

export function createAnswerCounters(): AnswerCounters {
  const byRoute = new Map<RouteName, Float64Array>();
  return {
    count(route, status) {
      let counts = byRoute.get(route);
      if (counts === undefined) {
        counts = new Float64Array(statuses);
        byRoute.set(route, counts);
      }
      counts[status - lowestStatus] = (counts[status - lowestStatus] ?? 0) + 1;
    },
    *entries() {
      for (const [route, counts] of byRoute) {
        for (const [at, count] of counts.entries()) {
          if (count > 0) yield { route, status: at + lowestStatus, count };
        }
      }
    },
  };
}
