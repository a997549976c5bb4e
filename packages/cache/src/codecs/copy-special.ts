import { type BinaryKind, isBinaryKind, type SpecialKind, type TypedArray, typedArrayOf } from './special-kinds.js';

/** A fresh copy of a special value; what a Map or Set holds is copied by `copyInner`. */
export function copySpecial(value: object, kind: SpecialKind, copyInner: (inner: unknown) => unknown): object {
  if (isBinaryKind(kind)) return copyBinary(value, kind);
  if (kind === 'date') return new Date((value as Date).getTime());
  if (kind === 'regexp') return copyRegExp(value as RegExp);
  if (kind === 'set') {
    const set = new Set<unknown>();
    for (const item of value as Set<unknown>) set.add(copyInner(item));
    return set;
  }
  const map = new Map<unknown, unknown>();
  for (const [key, item] of value as Map<unknown, unknown>) map.set(copyInner(key), copyInner(item));
  return map;
}

function copyRegExp(value: RegExp): RegExp {
  const copy = new RegExp(value.source, value.flags);
  copy.lastIndex = value.lastIndex;
  return copy;
}

function copyBinary(value: object, kind: BinaryKind): object {
  if (kind === 'array-buffer') return new Uint8Array(new Uint8Array(value as ArrayBuffer)).buffer;
  if (kind === 'data-view') return new DataView(copiedBytes(value as DataView).buffer);
  if (kind !== 'buffer') return new (typedArrayOf(kind) as new (source: TypedArray) => TypedArray)(value as TypedArray);
  return Buffer.from(copiedBytes(value as Buffer).buffer);
}

/** Memory of its own: a part of Buffer's pool would keep 8 KiB alive. */
function copiedBytes(view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
