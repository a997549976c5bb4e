import fc from 'fast-check';

const trickyKey = fc.constantFrom(
  '__proto__',
  '$larder',
  'constructor',
  'value',
  'then',
  'toString',
  '',
  '0',
  '\ud800',
);
const key = fc.oneof({ weight: 3, arbitrary: fc.string() }, trickyKey);

const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom('map', 'undefined', 'hole', '$larder', '\ud83c', '\udf89x'),
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.bigInt(),
);

const bytes = fc.uint8Array({ maxLength: 40 });
const special: fc.Arbitrary<unknown> = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+/g, /[/]\n/u, /(?<x>y)/dgimsy).map((regexp) => new RegExp(regexp.source, regexp.flags)),
  bytes,
  bytes.map((part) => Buffer.from(part)),
  bytes.map((part) => part.slice().buffer),
  bytes.map((part) => new DataView(part.slice().buffer)),
  bytes.map((part) => new Uint8ClampedArray(part)),
  fc.int8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);

function objectOf(entries: readonly (readonly [string, unknown])[], prototype: object | null): object {
  const object = Object.create(prototype) as object;
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

function sparse(items: readonly unknown[], holes: readonly number[]): unknown[] {
  const array = items.slice();
  for (const hole of holes) if (hole < array.length) delete array[hole];
  return array;
}

const { any } = fc.letrec<{ any: unknown }>((tie) => {
  const entries = fc.array(fc.tuple(key, tie('any')), { maxLength: 6 });
  const items = fc.array(tie('any'), { maxLength: 6 });
  return {
    any: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      scalar,
      special,
      entries.map((pairs) => objectOf(pairs, Object.prototype)),
      entries.map((pairs) => objectOf(pairs, null)),
      items,
      fc.tuple(items, fc.array(fc.nat(6), { maxLength: 3 })).map(([array, holes]) => sparse(array, holes)),
      fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      items.map((array) => new Set(array)),
    ),
  };
});

/** Any value that a cache keeps: nested, of every kind, with keys that are known for trouble. */
export const arbitraryValue: fc.Arbitrary<unknown> = any.filter((value) => value !== undefined);
