/** Every kind of value that a cache keeps, each with a name for the test's title. Fresh at every call. */
export function keptValues(): readonly (readonly [name: string, value: unknown])[] {
  return [...scalars(), ...containers(), ...binaries(), ...trickyKeys()];
}

function scalars(): [string, unknown][] {
  return [
    ['null', null],
    ['true', true],
    ['false', false],
    ['zero', 0],
    ['minus zero', -0],
    ['an integer', 42],
    ['a large integer', Number.MAX_SAFE_INTEGER],
    ['the smallest number', Number.MIN_VALUE],
    ['a fraction', 0.1],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['minus Infinity', Number.NEGATIVE_INFINITY],
    ['an empty string', ''],
    ['a string', 'Grüße, 世界 🎉'],
    ['a byte order mark', '\ufeffstart'],
    ['a NUL character', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['a text that looks like a tag', '{"$larder":"undefined"}'],
    ['a bigint of zero', 0n],
    ['a negative bigint', -123456789012345678901234567890n],
  ];
}

function containers(): [string, unknown][] {
  const holes: unknown[] = Object.assign(new Array(7), { 0: 1, 2: undefined, 4: 4 });
  const regexp = /a\/b[/]/giu;
  regexp.lastIndex = 3;
  return [
    ['an empty object', {}],
    ['an empty array', []],
    ['a flat object', { id: 1, name: 'Alice', admin: false, plan: null }],
    ['undefined in an object', { a: undefined, b: 1 }],
    ['undefined in an array', [undefined, 1, undefined]],
    ['an array with holes', holes],
    ['specials deep inside', { a: [{ b: new Map([['c', [new Date(0), -0, 1n]]]) }] }],
    ['a null prototype', Object.assign(Object.create(null), { a: 1, b: Object.create(null) })],
    ['a date', new Date('2026-01-02T03:04:05.678Z')],
    ['a date before 1970', new Date(-1)],
    ['an invalid date', new Date(Number.NaN)],
    ['a regexp', regexp],
    ['an empty regexp', /(?:)/],
    ['an empty map', new Map()],
    [
      'a map with keys of all kinds',
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', 'b'],
        [null, undefined],
        [Number.NaN, {}],
      ]),
    ],
    ['a map with object keys', new Map([[{ a: 1 }, new Map([[[1], new Set()]])]])],
    ['a set', new Set<unknown>(['a', 1, undefined, Number.NaN, [], {}, new Date(5)])],
    ['integer-like keys', { b: 1, 2: 'two', 1: 'one', a: 2 }],
    ['a wide object', Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`column${index}`, index]))],
    ['a very wide object', Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, `v${index}`]))],
    ['a long array', Array.from({ length: 3_000 }, (_, index) => index / 2)],
  ];
}

function binaries(): [string, unknown][] {
  const bytes = Uint8Array.from([0, 1, 127, 128, 255, 254, 3, 9]);
  return [
    ['bytes', bytes],
    ['no bytes', new Uint8Array(0)],
    ['a part of a larger array', bytes.subarray(2, 5)],
    ['a Buffer', Buffer.from('hello')],
    ['bytes inside an object', { bytes, buffer: Buffer.from([1, 2]) }],
    ['an Int8Array', Int8Array.from([-1, 1])],
    ['a Uint8ClampedArray', Uint8ClampedArray.from([0, 300])],
    ['an Int16Array', Int16Array.from([-2, 2])],
    ['a Uint16Array', Uint16Array.from([65_535])],
    ['an Int32Array', Int32Array.from([-(2 ** 31), 7])],
    ['a Uint32Array', Uint32Array.from([2 ** 32 - 1])],
    ['a Float32Array', Float32Array.from([0.5, Number.NaN, -0])],
    ['a Float64Array', Float64Array.from([0.1, Number.NEGATIVE_INFINITY])],
    ['a BigInt64Array', BigInt64Array.from([-1n])],
    ['a BigUint64Array', BigUint64Array.from([2n ** 64n - 1n])],
    ['a DataView', new DataView(bytes.slice().buffer, 1, 4)],
    ['an ArrayBuffer', bytes.slice().buffer],
  ];
}

function trickyKeys(): [string, unknown][] {
  return [
    ['a $larder member', { $larder: 'map', value: [] }],
    ['a $larder member beside specials', { $larder: 1, value: undefined, nested: { $larder: new Date(1) } }],
    ['a $larder member without a prototype', Object.assign(Object.create(null), { $larder: 'undefined' })],
    ['an own __proto__', JSON.parse('{"__proto__":{"admin":true},"a":1}')],
    ['an own __proto__ beside specials', [JSON.parse('{"__proto__":{"admin":true}}'), undefined]],
    ['keys of Object.prototype', { constructor: 1, toString: 'x', hasOwnProperty: null, valueOf: undefined }],
    ['an empty key', { '': 0 }],
    ['a key with a lone surrogate', { '\udfff': 1 }],
  ];
}
