import type { Store } from '../contracts/store.js';
import { UnsupportedByStoreError } from '../errors.js';

/** What a cache may ask of a store that not every store can do. */
const abilities = {
  scan: { sentence: 'list keys', stores: ['LMDB', 'Redis', 'Firestore', 'DynamoDB'] },
  atomicWrites: {
    sentence: 'change an entry atomically, and so can hold no lock',
    stores: ['LMDB', 'Redis', 'memcached', 'Firestore', 'DynamoDB'],
  },
  tellsExpiry: { sentence: 'tell which entries have expired (expiryEvents)', stores: ['LMDB', 'Redis'] },
  index: { sentence: 'look entries up by their terms', stores: ['LMDB', 'Redis', 'Firestore', 'DynamoDB'] },
} as const;

/** @throws UnsupportedByStoreError that names the stores which can, unless this one can */
export function refuseUnsupported(ability: keyof typeof abilities, { name, capabilities }: Store): void {
  if (capabilities[ability] ?? !isExtra(ability)) return;
  const { sentence, stores } = abilities[ability];
  throw new UnsupportedByStoreError(`The ${name} store cannot ${sentence}. These can: ${stores.join(', ')}.`);
}

/** What a store has to say that it can; of everything else it says that it cannot. */
function isExtra(ability: keyof typeof abilities): boolean {
  return ability === 'tellsExpiry';
}
