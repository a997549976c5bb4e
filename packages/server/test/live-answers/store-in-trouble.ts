import { type Store, StoreError } from '@larder/cache';
import { memoryMapStore } from '@larder/cache/testing';

export type Trouble = 'down' | 'slow' | 'full';

/** A store that works until it is told otherwise. */
export interface StoreInTrouble {
  readonly store: Store;
  become(trouble: Trouble): void;
}

const codes = { down: 'LARDER_STORE_FAILED', slow: 'LARDER_STORE_TIMEOUT', full: 'LARDER_STORE_FULL' } as const;
const writes = new Set(['set', 'modify']);

/** When it is full, reads and deletes go on. */
export function storeInTrouble(): StoreInTrouble {
  let trouble: Trouble | undefined;
  const works = memoryMapStore();
  const members = Object.entries(works).map(([name, member]) => {
    if (typeof member !== 'function' || name === 'close') return [name, member];
    const call = async (...given: unknown[]) => {
      if (trouble === undefined || (trouble === 'full' && !writes.has(name)))
        return Reflect.apply(member, works, given);
      throw new StoreError('test', 'Trouble.', { code: codes[trouble] });
    };
    return [name, call];
  });
  return {
    store: Object.fromEntries(members),
    become(next) {
      trouble = next;
    },
  };
}

/** It can neither list its keys nor find entries by their terms, as memcached. */
export function storeWithoutLists(): Store {
  const store = memoryMapStore();
  return { ...store, capabilities: { ...store.capabilities, scan: false, index: false } };
}
