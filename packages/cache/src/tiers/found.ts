import type { Entry } from '../contracts/entry.js';
import type { Found } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { ReceivedEntry } from './store-records.js';

export function foundInMemory(entry: Entry): Found {
  const { value, createdAt, freshUntil } = entry;
  return { tier: 'memory', value, createdAt, freshUntil, entry };
}

/** The entry itself is made when somebody asks for it: a reader of the value does not. */
export class FoundInStore implements Found {
  readonly tier = 'store';
  readonly #received: ReceivedEntry;

  constructor(received: ReceivedEntry) {
    this.#received = received;
  }

  get value(): unknown {
    return this.#received.value;
  }

  get createdAt(): Millis {
    return this.#received.createdAt;
  }

  get freshUntil(): Millis {
    return this.#received.freshUntil;
  }

  get entry(): Entry {
    return this.#received.entry;
  }
}

/** Memory can hold what the store never got, and the store what another process wrote. */
export function newer(inMemory: Entry | undefined, inStore: Found | undefined): Found | undefined {
  if (inMemory === undefined) return inStore;
  return inStore === undefined || inStore.createdAt < inMemory.createdAt ? foundInMemory(inMemory) : inStore;
}
