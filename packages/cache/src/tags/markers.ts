import type { Millis } from '../contracts/time.js';

/** When a tag was last invalidated. A time of 0 is never. */
export interface Marker {
  /** Entries from before may still be served stale. */
  readonly expiredAt: Millis;
  /** Entries from before are gone. */
  readonly removedAt: Millis;
}

export const noMarker: Marker = Object.freeze({ expiredAt: 0, removedAt: 0 });

/** What becomes of an entry: it is `valid`, it is stale since a time, or it is gone. */
export type Verdict = 'valid' | 'removed' | { readonly staleSince: Millis };

export interface MarkersParts {
  /** How many markers are kept before those that are the longest ago become one floor for all tags. */
  readonly limit: number;
}

const valid = 'valid';
const removed = 'removed';

/**
 * What this process knows of the invalidations of one namespace: one marker a tag, so that invalidating a tag costs the
 * same whether one entry carries it or a million. An entry is valid iff it was created after every marker of its tags.
 *
 * Markers only rise. When there are too many, those from longest ago are forgotten into a floor: entries that are older
 * than that count as stale, whichever tags they have, and nothing that was invalidated comes back.
 */
export class Markers {
  readonly #limit: number;
  readonly #markers = new Map<string, Marker>();
  /** At which generation each marker was raised last. */
  readonly #raisedAt = new Map<string, number>();
  #floor: Marker = noMarker;
  #floorRaisedAt = 0;
  /** Rises with every invalidation: what was judged at another generation must be judged again. */
  generation = 1;

  constructor({ limit }: MarkersParts) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#markers.size;
  }

  raise(tag: string, marker: Marker): void {
    const known = this.#markers.get(tag) ?? noMarker;
    if (known.expiredAt >= marker.expiredAt && known.removedAt >= marker.removedAt) return;
    // Taken out and put back, so that the Map's order is that of the last invalidation.
    this.#markers.delete(tag);
    this.#markers.set(tag, higher(known, marker));
    this.#raisedAt.set(tag, ++this.generation);
    if (this.#markers.size > this.#limit) this.#raiseFloor();
  }

  /** Moves all times by so much. */
  shiftTimes(by: Millis): void {
    for (const [tag, marker] of this.#markers) this.#markers.set(tag, shifted(marker, by));
    this.#floor = shifted(this.#floor, by);
    this.generation++;
  }

  judge(createdAt: Millis, tags: readonly string[]): Verdict {
    if (tags.length === 0) return valid;
    let expiredAt = this.#floor.expiredAt;
    let removedAt = this.#floor.removedAt;
    for (const tag of tags) {
      const marker = this.#markers.get(tag);
      if (marker === undefined) continue;
      if (marker.expiredAt > expiredAt) expiredAt = marker.expiredAt;
      if (marker.removedAt > removedAt) removedAt = marker.removedAt;
    }
    if (createdAt <= removedAt) return removed;
    return createdAt <= expiredAt ? { staleSince: expiredAt } : valid;
  }

  /** Was one of these tags invalidated at `time` or later, and this became known after `generation`? */
  isRaisedSince(generation: number, time: Millis, tags: readonly string[]): boolean {
    if (this.generation === generation) return false;
    if (this.#floorRaisedAt > generation && isFrom(time, this.#floor)) return true;
    return tags.some((tag) => {
      const marker = this.#markers.get(tag);
      return marker !== undefined && (this.#raisedAt.get(tag) ?? 0) > generation && isFrom(time, marker);
    });
  }

  /** The last invalidation that an entry created then, with these tags, did not outlive; `undefined` if it is valid. */
  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined {
    if (tags.length === 0) return undefined;
    let latest = Math.max(this.#floor.expiredAt, this.#floor.removedAt);
    for (const tag of tags) {
      const { expiredAt, removedAt } = this.#markers.get(tag) ?? noMarker;
      latest = Math.max(latest, expiredAt, removedAt);
    }
    return createdAt <= latest ? latest : undefined;
  }

  /** Forgets the half that was invalidated longest ago. */
  #raiseFloor(): void {
    const few = this.#limit / 2;
    for (const [tag, marker] of this.#markers) {
      if (this.#markers.size <= few) break;
      this.#floor = higher(this.#floor, marker);
      this.#floorRaisedAt = this.generation;
      this.#markers.delete(tag);
      this.#raisedAt.delete(tag);
    }
  }
}

function isFrom(time: Millis, { expiredAt, removedAt }: Marker): boolean {
  return Math.max(expiredAt, removedAt) >= time;
}

/** The marker of an invalidation at this time. Whatever it removes is not fresh either. */
export function markerAt(time: Millis, remove: boolean): Marker {
  return { expiredAt: time, removedAt: remove ? time : 0 };
}

export function higher(one: Marker, other: Marker): Marker {
  return {
    expiredAt: Math.max(one.expiredAt, other.expiredAt),
    removedAt: Math.max(one.removedAt, other.removedAt),
  };
}

/** Never stays never. */
export function shifted({ expiredAt, removedAt }: Marker, by: Millis): Marker {
  return { expiredAt: expiredAt === 0 ? 0 : expiredAt + by, removedAt: removedAt === 0 ? 0 : removedAt + by };
}
