import { hasOwn, type PlainObject, setOwn } from './plain-object.js';
import { reviveBinary, reviveScalar } from './revive-scalar.js';
import * as size from './size-estimate.js';
import { isBinaryKind } from './special-kinds.js';
import { TAG } from './tagged-json.js';
import { Undecodable } from './undecodable.js';
import { MAX_DEPTH } from './value-limits.js';

/** What a decoder found out about the value on its way. */
export interface DecodeWalk {
  readonly freeze: boolean;
  isMutable: boolean;
  size: number;
}

/** Stands in for a hole until its array takes it. */
const hole = Symbol('hole');

/** Turns the tree that JSON.parse made of tagged JSON into the value, in place. */
export function reviveTagged(tree: unknown, walk: DecodeWalk): unknown {
  const value = revive(tree, walk, 1);
  if (value === hole || value === undefined) throw new Undecodable('The whole value is undefined or a hole.');
  return value;
}

function revive(node: unknown, walk: DecodeWalk, depth: number): unknown {
  if (typeof node !== 'object' || node === null) {
    walk.size += size.primitiveBytes(node);
    return node;
  }
  if (Array.isArray(node)) return reviveArray(node, walk, depth);
  if (hasOwn(node, TAG)) return reviveTag(node as PlainObject, walk, depth);
  return reviveMembers(node as PlainObject, walk, depth);
}

function reviveArray(array: unknown[], walk: DecodeWalk, depth: number): readonly unknown[] {
  refuseDepth(depth);
  for (let index = 0; index < array.length; index += 1) {
    const item = revive(array[index], walk, depth + 1);
    if (item === hole) delete array[index];
    else array[index] = item;
  }
  walk.size += size.ARRAY_BYTES + size.SLOT_BYTES * array.length;
  return walk.freeze ? Object.freeze(array) : array;
}

function reviveMembers(object: PlainObject, walk: DecodeWalk, depth: number, target = object): PlainObject {
  refuseDepth(depth);
  let count = 0;
  for (const key in object) {
    if (!hasOwn(object, key)) continue;
    count += 1;
    setOwn(target, key, reviveItem(object[key], walk, depth + 1));
    if (count > size.SHAPED_KEYS) walk.size += size.stringBytes(key);
  }
  walk.size += size.objectBytes(count);
  return walk.freeze ? Object.freeze(target) : target;
}

/** A hole is at home in arrays only. */
function reviveItem(node: unknown, walk: DecodeWalk, depth: number): unknown {
  const value = revive(node, walk, depth);
  if (value === hole) throw new Undecodable('There is a hole outside an array.');
  return value;
}

function reviveTag(node: PlainObject, walk: DecodeWalk, depth: number): unknown {
  const kind = node[TAG];
  const isBare = kind === 'undefined' || kind === 'hole';
  if (typeof kind !== 'string' || Object.keys(node).length !== (isBare ? 1 : 2) || hasOwn(node, 'value') === isBare) {
    throw new Undecodable('A tagged object has the wrong members.');
  }
  if (isBare) return kind === 'hole' ? hole : undefined;
  if (kind === 'object') return reviveMembers(membersOf(node.value), walk, depth);
  if (kind === 'null-prototype') return reviveMembers(membersOf(node.value), walk, depth, Object.create(null));
  if (kind === 'number' || kind === 'bigint') return reviveScalar(kind, node.value, walk);
  walk.isMutable = true;
  if (kind === 'map') return reviveMap(itemsOf(node.value), walk, depth);
  if (kind === 'set') return reviveSet(itemsOf(node.value), walk, depth);
  return isBinaryKind(kind) ? reviveBinary(kind, node.value, walk) : reviveScalar(kind, node.value, walk);
}

function reviveMap(pairs: readonly unknown[], walk: DecodeWalk, depth: number): Map<unknown, unknown> {
  refuseDepth(depth);
  const map = new Map<unknown, unknown>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new Undecodable('An entry of a map is no pair.');
    map.set(reviveItem(pair[0], walk, depth + 1), reviveItem(pair[1], walk, depth + 1));
  }
  walk.size += size.COLLECTION_BYTES + size.COLLECTION_ENTRY_BYTES * map.size;
  return map;
}

function reviveSet(items: readonly unknown[], walk: DecodeWalk, depth: number): Set<unknown> {
  refuseDepth(depth);
  const set = new Set<unknown>();
  for (const item of items) set.add(reviveItem(item, walk, depth + 1));
  walk.size += size.COLLECTION_BYTES + size.COLLECTION_ENTRY_BYTES * set.size;
  return set;
}

/** Only containers count: the object that tags a scalar is no level of the value. */
function refuseDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new Undecodable('The value is nested too deeply.');
}

function membersOf(value: unknown): PlainObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PlainObject;
  throw new Undecodable('The members of a tagged object are no JSON object.');
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Undecodable('The items of a map or set are no JSON array.');
}
