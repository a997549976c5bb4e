export type PlainObject = Record<string, unknown>;

const ownProperty = Object.prototype.hasOwnProperty;

export function hasOwn(object: object, key: string): boolean {
  return ownProperty.call(object, key);
}

/** An object literal, or one without a prototype; also when it comes from another realm, such as a `node:vm` context. */
export function isPlainObject(value: object): value is PlainObject {
  return isPlainPrototype(Object.getPrototypeOf(value) as object | null);
}

/** Is it that of plain objects? */
export function isPlainPrototype(prototype: object | null): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && hasOwn(prototype, 'isPrototypeOf');
}

/** Assignment that keeps `__proto__` an ordinary key. */
export function setOwn(target: PlainObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** An empty object with the prototype of `source` and room for its keys. */
export function emptyLike(
  source: PlainObject,
  prototype: object | null = Object.getPrototypeOf(source) as object | null,
): PlainObject {
  if (prototype === null) return Object.create(null) as PlainObject;
  // Counted, not listed: a list of the keys takes longer to make than their values to copy.
  let count = 0;
  for (const _ in source) count++;
  return count > LITERAL_KEYS && count <= WIDE_KEYS ? new WideObject(false) : {};
}

/** V8 turns `{}` into a slow hash table when more keys than this are assigned by a computed name. */
const LITERAL_KEYS = 16;
const WIDE_KEYS = 44;

/**
 * Makes ordinary objects with room for 32 keys: V8 reserves what the constructor seems to assign. A copied row of 20
 * columns then takes a third of the time and of the memory, and reads of it a twentieth of the time.
 */
const WideObject = function (this: PlainObject, fill: boolean) {
  if (!fill) return;
  this.a0 = 0;
  this.a1 = 0;
  this.a2 = 0;
  this.a3 = 0;
  this.a4 = 0;
  this.a5 = 0;
  this.a6 = 0;
  this.a7 = 0;
  this.b0 = 0;
  this.b1 = 0;
  this.b2 = 0;
  this.b3 = 0;
  this.b4 = 0;
  this.b5 = 0;
  this.b6 = 0;
  this.b7 = 0;
  this.c0 = 0;
  this.c1 = 0;
  this.c2 = 0;
  this.c3 = 0;
  this.c4 = 0;
  this.c5 = 0;
  this.c6 = 0;
  this.c7 = 0;
  this.d0 = 0;
  this.d1 = 0;
  this.d2 = 0;
  this.d3 = 0;
  this.d4 = 0;
  this.d5 = 0;
  this.d6 = 0;
  this.d7 = 0;
} as unknown as new (
  fill: boolean,
) => PlainObject;
Object.defineProperty(WideObject, 'prototype', { value: Object.prototype });

/** V8 watches the first objects of a constructor and drops the room that they leave unused. */
for (let made = 0; made < 16; made += 1) new WideObject(true);
