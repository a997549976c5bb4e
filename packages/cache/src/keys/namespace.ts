import { createHash } from 'node:crypto';
import type { PhysicalKey } from '../contracts/bus.js';
import { InvalidKeyError } from '../errors.js';

/** Names from the root cache down to this namespace; empty for a root without a name. */
export type NamespacePath = readonly string[];

const longestName = 128;

/** @throws InvalidKeyError unless the name is well-formed text of 1 to 128 characters */
export function childPath(parent: NamespacePath, name: string): NamespacePath {
  if (typeof name !== 'string' || name === '' || name.length > longestName || !name.isWellFormed()) {
    throw new InvalidKeyError(`The name of a namespace must be well-formed text of 1 to ${longestName} characters.`);
  }
  return Object.freeze([...parent, name]);
}

/** The path as people read it, for events; not unique if a name holds a slash. */
export function displayName(path: NamespacePath): string {
  return path.join('/');
}

/** The namespace of a prefix, as people read it, for events. */
export function displayNameOf(prefix: string): string {
  const names: string[] = [];
  for (let at = 0; prefix[at] !== ':'; ) {
    lengthOfName.lastIndex = at;
    const length = Number(lengthOfName.exec(prefix)?.[1]);
    const from = lengthOfName.lastIndex;
    at = afterBytes(prefix, from, length);
    names.push(prefix.slice(from, at));
  }
  return names.join('/');
}

/** What the physical keys of a namespace and of all within it begin with, and no others do. */
export function subtreePrefix(path: NamespacePath): string {
  return namespacePrefix(path).slice(0, -1);
}

/**
 * What every physical key of a namespace begins with: each name behind its length in bytes of UTF-8, then a colon:
 * `['shop', 'user']` gives `4:shop4:user:`.
 *
 * No two (path, key) share a physical key, and no prefix begins another namespace's: where `4:shop:` goes on with a
 * colon, `4:shop4:user:` has a digit, and a length says how far its name reaches whatever the name holds.
 */
export function namespacePrefix(path: NamespacePath): string {
  return `${path.map((name) => `${Buffer.byteLength(name)}:${name}`).join('')}:`;
}

/** What the leases of loads begin with that cannot stand in the place of an entry. */
export function loadLeasePrefix(path: NamespacePath): string {
  return `%${namespacePrefix(path)}`;
}

/**
 * What the records of a namespace's invalidations begin with. No physical key of an entry does: those begin with a
 * digit or a colon.
 */
export function markerPrefix(path: NamespacePath): string {
  return markerPrefixOf(namespacePrefix(path));
}

/** The same, of a namespace that is known by what its physical keys begin with. */
export function markerPrefixOf(prefix: string): string {
  return `#${prefix}`;
}

/** What the records of a namespace's leases begin with: no other physical key begins so. */
export function leasePrefix(path: NamespacePath): string {
  return `!${namespacePrefix(path)}`;
}

/** What a channel of a namespace is known by, in this process and to what encrypts: no physical key begins so. */
export function channelPrefix(path: NamespacePath): string {
  return `@${namespacePrefix(path)}`;
}

/** The name of a lease, of any length, as a part of a key that every store takes. */
export function leaseInKey(name: string): string {
  return name.length <= 64 ? `n${name}` : `h${createHash('sha256').update(name).digest('base64url')}`;
}

/** The way back from a physical key, whoever wrote it; `undefined` for a key that none of this library begins like. */
export function splitPhysicalKey(physicalKey: string): PhysicalKey | undefined {
  const isRecord = physicalKey.startsWith('#');
  const start = isRecord ? 1 : 0;
  const end = endOfPrefix(physicalKey, start);
  if (end === undefined) return undefined;
  return { prefix: physicalKey.slice(start, end), key: physicalKey.slice(end), isRecord };
}

const lengthOfName = /([1-9]\d{0,2}):/y;

function endOfPrefix(physicalKey: string, start: number): number | undefined {
  let at = start;
  while (physicalKey[at] !== ':') {
    lengthOfName.lastIndex = at;
    const length = lengthOfName.exec(physicalKey)?.[1];
    if (length === undefined) return undefined;
    at = afterBytes(physicalKey, lengthOfName.lastIndex, Number(length));
    if (at > physicalKey.length) return undefined;
  }
  return at + 1;
}

/** The index behind so many bytes of UTF-8; beyond the end of the text if it has fewer, or ends within a character. */
function afterBytes(text: string, start: number, bytes: number): number {
  let at = start;
  let left = bytes;
  while (left > 0) {
    const point = text.codePointAt(at);
    if (point === undefined) return text.length + 1;
    left -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    at += point < 0x1_0000 ? 1 : 2;
  }
  return left === 0 ? at : text.length + 1;
}
