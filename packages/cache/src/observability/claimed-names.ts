import { InvalidOptionError } from '../errors.js';

const namesByTarget = new WeakMap<object, Set<string>>();

/**
 * Reserves the name of a cache where its metrics go: two caches of one name would be one series with two values. Under
 * another prefix it is another series. The answer gives the name back.
 */
export function claimName(target: object, name: string, prefix = ''): () => void {
  const names = namesByTarget.get(target) ?? new Set();
  namesByTarget.set(target, names);
  const claim = `${prefix} ${name}`;
  if (names.has(claim)) {
    const advice = "give each cache a name of its own: { name: 'sessions' }. Namespaces are reported with their cache.";
    throw new InvalidOptionError(`A cache is reported under the name '${name}' already: ${advice}`);
  }
  names.add(claim);
  return () => {
    names.delete(claim);
  };
}
