import type { StoreCapabilities } from '@larder/cache';

/** What callers are told of the store behind the service. */
export interface StoreAbilities {
  readonly list: boolean;
  readonly index: boolean;
  /** What one process does is heard of by all. */
  readonly events: boolean;
  /** The longest key and the largest envelope that the store takes; `null` where only memory is the bound. */
  readonly keyBytes: number | null;
  readonly valueBytes: number | null;
}

export const abilitiesOfMemory: StoreAbilities = Object.freeze({
  list: true,
  index: true,
  events: true,
  keyBytes: null,
  valueBytes: null,
});

export function abilitiesOf({ scan, index, limits }: StoreCapabilities, events: boolean): StoreAbilities {
  return {
    ...{ list: scan !== false, index, events },
    keyBytes: boundOf(limits.keyBytes),
    valueBytes: boundOf(limits.valueBytes),
  };
}

function boundOf(bytes: number): number | null {
  return bytes >= Number.MAX_SAFE_INTEGER ? null : bytes;
}
