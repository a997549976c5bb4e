/**
 * How much of a window's quota a process takes at once, so that it need not ask at each request, and so that what others
 * cannot have while it holds it stays small (guided self-scheduling, Polychronopoulos and Kuck, 1987).
 */

/** Of what is left, one portion is at most this part. */
const partOfRemaining = 8;
/** A process that is hardly used holds at most this part of a quota, and at most so many units. */
const smallPartOfQuota = 256;
const mostOfSmall = 8;

export interface PortionFacts {
  readonly quota: number;
  /** What nobody has reserved, as far as is known. */
  readonly remaining: number;
  /** Units that were asked for here within about a second. */
  readonly demand: number;
  /** What the request at the head of the queue needs; 0 if none waits. */
  readonly needed: number;
}

/** How many units to reserve: as many as a second takes, but the fewer the less is left; never less than is waited for. */
export function portionToReserve({ quota, remaining, demand, needed }: PortionFacts): number {
  const fairPart = Math.ceil(Math.max(0, remaining) / partOfRemaining);
  return Math.max(1, needed, Math.min(fairPart, Math.max(demand, smallStock(quota))));
}

/** How many of the units that were just asked for are within the quota. `total` is the counter's sum with them. */
export function unitsGranted(total: number, asked: number, quota: number): number {
  return Math.min(asked, Math.max(0, quota - (total - asked)));
}

/** What a process holds beyond what the next two seconds take; all of it where nobody asks any more. */
export function unitsToGiveBack(held: number, demand: number, quota: number): number {
  if (demand === 0) return held;
  return Math.max(0, held - Math.max(2 * demand, smallStock(quota)));
}

/** From this stock on the next portion is fetched, so that it is there before it is needed. */
export function stockToRefillAt(held: number): number {
  return Math.floor(held / 2);
}

/** Demand within about a second, from one look to the next; looks come four times a second. */
export function demandAfter(demand: number, askedSince: number): number {
  return Math.floor(demand * 0.75) + askedSince;
}

function smallStock(quota: number): number {
  return Math.max(1, Math.min(mostOfSmall, Math.floor(quota / smallPartOfQuota)));
}
