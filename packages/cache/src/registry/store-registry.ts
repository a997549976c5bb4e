import type { Store } from '../contracts/store.js';
import type { Size } from '../contracts/time.js';
import { InvalidAddressError, InvalidOptionError, LarderError } from '../errors.js';
import { closestName } from '../options/closest-name.js';

/** What an address stands for. Nothing is connected to, and no client loaded, before `open` is called. */
export interface StoreChoice {
  /** Makes the store; absent where memory is all there is. */
  readonly open?: () => Store | Promise<Store>;
  /** Bounds of the memory tier that the address asks for. */
  readonly memory?: { readonly maxBytes?: Size; readonly maxEntries?: number };
}

/**
 * Reads an address of one scheme, whole, such as `acme://host/name`.
 *
 * @throws InvalidAddressError if it cannot be used
 */
export type StoreScheme = (address: string) => StoreChoice;

/** Which scheme stands for which store. */
export interface StoreRegistry {
  readonly schemes: readonly string[];
  /**
   * What the address stands for.
   *
   * @throws InvalidAddressError if it cannot be used. Tells no part of it but its scheme: it may hold a password.
   */
  choose(address: string): StoreChoice;
}

/**
 * A registry of stores by the schemes of their addresses. It is a value: two of one process do not know each other.
 *
 * @throws InvalidOptionError if a scheme is none, such as `'acme://'` with its slashes
 * @example
 * ```ts
 * const stores = createStoreRegistry({ ...builtInStores, acme: (address) => ({ open: () => acmeStore(address) }) });
 * const cache = await createCacheFromEnv(process.env, { stores });
 * ```
 */
export function createStoreRegistry(schemes: Readonly<Record<string, StoreScheme>>): StoreRegistry {
  const known = new Map(Object.entries(schemes));
  for (const [scheme, read] of known) {
    if (!/^[a-z][a-z\d+.-]*$/.test(scheme) || typeof read !== 'function') {
      throw new InvalidOptionError(
        `createStoreRegistry: '${scheme.slice(0, 40)}' must be a scheme in small letters with a function, such as { acme: (address) => ({ open }) }.`,
      );
    }
  }
  const names = Object.freeze([...known.keys()]);
  return Object.freeze({
    schemes: names,
    choose(address: string): StoreChoice {
      const scheme = schemeOf(address);
      const read = known.get(scheme ?? '');
      if (read === undefined) throw unknownScheme(scheme, names);
      try {
        return read(address);
      } catch (error) {
        if (error instanceof LarderError) throw error;
        // Whatever it says may repeat the address.
        throw new InvalidAddressError(`the store of ${scheme}: refused it`, `${scheme}:…`);
      }
    },
  });
}

/** In small letters, or `undefined` if the text has none. */
export function schemeOf(address: string): string | undefined {
  return /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase();
}

function unknownScheme(scheme: string | undefined, known: readonly string[]): InvalidAddressError {
  const meant = scheme === undefined ? undefined : closestName(scheme, known);
  const subject = scheme === undefined ? 'it' : JSON.stringify(scheme.slice(0, 60));
  const advice = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}:?`;
  return new InvalidAddressError(`${subject} names no store of this version: ${advice}`, 'lmdb:./.larder or memory:');
}
