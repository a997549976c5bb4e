import { checkKey } from '../keys/check-key.js';
import { childPath, type NamespacePath, namespacePrefix } from '../keys/namespace.js';

/**
 * The key that a store has an entry under: what to give to `store.get`, and what an encrypted envelope is bound to.
 *
 * @param namespaces - from the root cache down; empty for a root without a name
 * @throws InvalidKeyError if a name or the key could be none of a cache
 */
export function physicalKey(namespaces: readonly string[], key: string): string {
  checkKey(key);
  return namespacePrefix(namespaces.reduce<NamespacePath>(childPath, [])) + key;
}
