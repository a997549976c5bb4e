import { types } from 'node:util';

const typedArrays = {
  'int8-array': Int8Array,
  'uint8-array': Uint8Array,
  'uint8-clamped-array': Uint8ClampedArray,
  'int16-array': Int16Array,
  'uint16-array': Uint16Array,
  'int32-array': Int32Array,
  'uint32-array': Uint32Array,
  'float32-array': Float32Array,
  'float64-array': Float64Array,
  'bigint64-array': BigInt64Array,
  'biguint64-array': BigUint64Array,
} as const;

export type TypedArrayKind = keyof typeof typedArrays;
export type BinaryKind = TypedArrayKind | 'buffer' | 'data-view' | 'array-buffer';
export type SpecialKind = BinaryKind | 'date' | 'regexp' | 'map' | 'set';
export type TypedArray = InstanceType<(typeof typedArrays)[TypedArrayKind]>;

export function isTypedArrayKind(kind: string): kind is TypedArrayKind {
  return Object.hasOwn(typedArrays, kind);
}

export function isBinaryKind(kind: string): kind is BinaryKind {
  return kind === 'buffer' || kind === 'data-view' || kind === 'array-buffer' || isTypedArrayKind(kind);
}

export function typedArrayOf(kind: TypedArrayKind): (typeof typedArrays)[TypedArrayKind] {
  return typedArrays[kind];
}

const kindsByTag = new Map<string, TypedArrayKind>(
  Object.entries(typedArrays).map(([kind, make]) => [make.name, kind as TypedArrayKind]),
);

/**
 * Which of the kept built-in kinds a value is, or `undefined`. Judged by what it is inside, not by its prototype, so
 * that values of another realm are kept too; instances of a subclass are not, for they would come back without it.
 */
export function kindOf(value: object): SpecialKind | undefined {
  if (types.isDate(value)) return unlessSubclass(value, 'date', 2);
  if (types.isMap(value)) return unlessSubclass(value, 'map', 2);
  if (types.isSet(value)) return unlessSubclass(value, 'set', 2);
  if (types.isRegExp(value)) return unlessSubclass(value, 'regexp', 2);
  if (types.isArrayBuffer(value)) return unlessSubclass(value, 'array-buffer', 2);
  if (types.isDataView(value)) return unlessSubclass(value, 'data-view', 2);
  if (!types.isTypedArray(value)) return undefined;
  if (Object.getPrototypeOf(value) === Buffer.prototype) return 'buffer';
  const kind = kindsByTag.get(value[Symbol.toStringTag]);
  return kind && unlessSubclass(value, kind, 3);
}

function unlessSubclass(value: object, kind: SpecialKind, prototypes: number): SpecialKind | undefined {
  let remaining = prototypes;
  for (let object = Object.getPrototypeOf(value); object !== null; object = Object.getPrototypeOf(object))
    remaining -= 1;
  return remaining === 0 ? kind : undefined;
}
