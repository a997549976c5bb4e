import type { RouteName } from '../../http/addresses.js';

/** What goes in and out of this process by HTTP. No key, no tenant: the labels stay few. */
export interface Traffic {
  /** A request is there. Each is either answered or left. */
  arrived(): void;
  /** The caller of a request has gone before its answer. */
  left(): void;
  received(bytes: number): void;
  answered(route: RouteName, status: number, milliseconds: number, bytes: number): void;
  readonly inFlight: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  routes(): Iterable<readonly [route: RouteName, answers: RouteAnswers]>;
}

/** The answers of one route. */
export interface RouteAnswers {
  readonly byStatus: readonly { readonly status: number; readonly count: number }[];
  /** By the first digit of the status. */
  readonly durations: readonly { readonly statusClass: string; readonly seconds: Durations }[];
}

export interface Durations {
  /** How many took at most as long as the bound of the same place; the last place counts all. */
  readonly cumulative: readonly number[];
  readonly sum: number;
}

/** In milliseconds: a read of memory takes a tenth of one. */
const bounds = Float64Array.of(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000);
export const boundsInSeconds: readonly number[] = Array.from(bounds, (milliseconds) => milliseconds / 1_000);

const lowestStatus = 100;
const statuses = 500;
const classes = 5;
/** A count for each bound, one for what took longer, and the sum. */
const cells = bounds.length + 2;

/** Typed arrays of a fixed size for each route: an answer is counted without an allocation. */
class Counts {
  readonly byStatus = new Float64Array(statuses);
  readonly durations = new Float64Array(classes * cells);

  add(status: number, milliseconds: number): void {
    const place = status - lowestStatus;
    this.byStatus[place] = (this.byStatus[place] ?? 0) + 1;
    const first = Math.floor(place / 100) * cells;
    let bound = 0;
    while (bound < bounds.length && milliseconds > (bounds[bound] ?? 0)) bound++;
    this.durations[first + bound] = (this.durations[first + bound] ?? 0) + 1;
    const sum = first + cells - 1;
    this.durations[sum] = (this.durations[sum] ?? 0) + milliseconds;
  }

  read(): RouteAnswers {
    const byStatus = Array.from(this.byStatus, (count, at) => ({ status: at + lowestStatus, count }));
    const durations = Array.from({ length: classes }, (_, at) => ({
      statusClass: `${at + 1}xx`,
      seconds: durationsIn(this.durations.subarray(at * cells, (at + 1) * cells)),
    }));
    return {
      byStatus: byStatus.filter(({ count }) => count > 0),
      durations: durations.filter(({ seconds }) => (seconds.cumulative.at(-1) ?? 0) > 0),
    };
  }
}

function durationsIn(row: Float64Array): Durations {
  let total = 0;
  const cumulative = Array.from(row.subarray(0, -1), (count) => (total += count));
  return { cumulative, sum: (row.at(-1) ?? 0) / 1_000 };
}

export function createTraffic(): Traffic {
  const byRoute = new Map<RouteName, Counts>();
  let inFlight = 0;
  let receivedBytes = 0;
  let sentBytes = 0;
  return {
    arrived() {
      inFlight++;
    },
    left() {
      inFlight--;
    },
    received(bytes) {
      receivedBytes += bytes;
    },
    answered(route, status, milliseconds, bytes) {
      inFlight--;
      sentBytes += bytes;
      let counts = byRoute.get(route);
      if (counts === undefined) {
        counts = new Counts();
        byRoute.set(route, counts);
      }
      counts.add(status, milliseconds);
    },
    get inFlight() {
      return inFlight;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    get sentBytes() {
      return sentBytes;
    },
    *routes() {
      for (const [route, counts] of byRoute) yield [route, counts.read()];
    },
  };
}
