/** What stands for every name that came after the limit was reached. */
export const otherLabel = 'other';

const mostNames = 100;
const longestName = 64;

/**
 * Says which kind of key this is, such as `'user'` for `'user:42'`: the label that metrics and spans may have, because
 * there are few of them and none tells about a person.
 */
export type KeyType = (key: string, namespace: string) => string;

/** Lets the first hundred distinct names through; what comes later is `'other'`. A series is for ever, a label is not. */
export function boundedLabels(): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.has(name)) return name;
    if (known.size >= mostNames || name.length > longestName) return otherLabel;
    known.add(name);
    return name;
  };
}

/**
 * Never throws, and never answers the key: `(key) => key.split(':')[0]` does so for a key without a colon, and one such
 * key would be a label for ever.
 */
export function boundedKeyTypes(keyType: KeyType): KeyType {
  const bounded = boundedLabels();
  return (key, namespace) => {
    const type = typeOrNothing(keyType, key, namespace);
    return typeof type !== 'string' || type === '' || type === key ? otherLabel : bounded(type);
  };
}

function typeOrNothing(keyType: KeyType, key: string, namespace: string): unknown {
  try {
    return keyType(key, namespace);
  } catch {
    // The event is worth counting all the same.
    return undefined;
  }
}
