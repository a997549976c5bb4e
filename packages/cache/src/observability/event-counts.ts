import type { CacheEvent, CacheEventType } from '../contracts/events.js';
import { type KeyType, otherLabel } from './bounded-labels.js';
import type { Listeners } from './listen.js';

/** A number that the cache does not keep, counted from events. */
export interface EventFigure {
  readonly name: string;
  readonly event: CacheEventType;
  readonly help: string;
}

/** Rare enough to be listened to always. */
const namespaceFigures: readonly EventFigure[] = [
  { name: 'tag_invalidations', event: 'invalidate-tags', help: 'Calls that invalidated tags.' },
  { name: 'clears', event: 'clear', help: 'Namespaces emptied.' },
  { name: 'overtaken_loads', event: 'load-overtaken', help: 'Loads not cached: the key was written meanwhile.' },
  { name: 'undecodable', event: 'undecodable', help: 'Stored entries that this version cannot read.' },
];

const keyTypeFigures: readonly EventFigure[] = [
  { name: 'key_type.hits', event: 'hit', help: 'Hits by type of key.' },
  { name: 'key_type.misses', event: 'miss', help: 'Misses by type of key.' },
  { name: 'key_type.stale_hits', event: 'stale-served', help: 'Hits answered with a stale value, by type of key.' },
  { name: 'key_type.loads', event: 'load', help: 'Loads that answered, by type of key.' },
  { name: 'key_type.load_errors', event: 'load-error', help: 'Loads that failed, by type of key.' },
  { name: 'key_type.sets', event: 'set', help: 'Entries written, other than by a load, by type of key.' },
  { name: 'key_type.deletes', event: 'delete', help: 'Entries deleted, by type of key.' },
  { name: 'key_type.evictions', event: 'evict', help: 'Entries that left memory for space, by type of key.' },
  { name: 'key_type.expirations', event: 'expire', help: 'Entries that left memory by time, by type of key.' },
];

/** Counts events, one number for each label. */
export class EventCounts {
  readonly figures: readonly EventFigure[];
  /** What the label says: `namespace` or `key_type`. */
  readonly labelName: string;
  readonly #labelOf: (event: CacheEvent) => string;
  readonly #counts = new Map<CacheEventType, Map<string, number>>();

  constructor(figures: readonly EventFigure[], labelName: string, labelOf: (event: CacheEvent) => string) {
    this.figures = figures;
    this.labelName = labelName;
    this.#labelOf = labelOf;
  }

  listeners(): Listeners {
    return Object.fromEntries(this.figures.map(({ event: type }) => [type, this.#counterOf(type)]));
  }

  read({ event }: EventFigure): Iterable<readonly [label: string, count: number]> {
    return this.#counts.get(event) ?? [];
  }

  #counterOf(type: CacheEventType): (event: CacheEvent) => void {
    const counts = new Map<string, number>();
    this.#counts.set(type, counts);
    return (event) => {
      const label = this.#labelOf(event);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    };
  }
}

export function countsByNamespace(namespaceOf: (namespace: string) => string): EventCounts {
  return new EventCounts(namespaceFigures, 'namespace', ({ namespace }) => namespaceOf(namespace));
}

/** A listener to hits takes every hit off its shortest way, so that this is done for those who ask for it. */
export function countsByKeyType(typeOf: KeyType): EventCounts {
  const labelOf = (event: CacheEvent) => ('key' in event ? typeOf(event.key, event.namespace) : otherLabel);
  return new EventCounts(keyTypeFigures, 'key_type', labelOf);
}
