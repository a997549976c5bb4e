import type { Store } from '../contracts/store.js';
import { UnsupportedByStoreError } from '../errors.js';

/** What a cache may ask of a store that not every store can do. */
const abilities = {
  scan: { sentence: 'list keys', stores: ['LMDB', 'Redis', 'Firestore', 'DynamoDB'] },
  atomicWrites: {
    sentence: 'change an entry atomically, and so can hold no lock',
    stores: ['LMDB', 'Redis', 'memcached', 'Firestore', 'DynamoDB'],
  },
  index: { sentence: 'look entries up by their terms', stores: ['LMDB', 'Redis', 'Firestore', 'DynamoDB'] },
} as const;

/** @throws UnsupportedByStoreError that names the stores which can, unless this one can */
export function refuseUnsupported(ability: keyof typeof abilities, { name, capabilities }: Store): void {
  if (capabilities[ability] !== false) return;
  const { sentence, stores } = abilities[ability];
  throw new UnsupportedByStoreError(`The ${name} store cannot ${sentence}. These can: ${stores.join(', ')}.`);
}
