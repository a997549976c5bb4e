// Writes envelope-fixtures.json: npm run build && node spec/make-envelope-fixtures.mjs && npx biome format --write spec
import { writeFileSync } from 'node:fs';
import { encodeEntry } from '../packages/cache/dist/codecs/envelope.js';

const bare = {
  createdAt: 1767225600000,
  freshUntil: 1767225660000,
  staleUntil: 1767225690000,
  version: 'n1.mjvbkjk0',
  tags: [],
  indexes: {},
};

const regexp = /a+\/[b]/giu;
regexp.lastIndex = 2;
const withHoles = Object.assign(new Array(4), { 0: 1, 2: undefined });
const withoutPrototype = Object.assign(Object.create(null), { a: 1, $larder: 'x' });
const bytes = Uint8Array.from([0, 1, 127, 128, 255]);
const views = [
  new Int8Array([-1, 1]),
  new Uint8ClampedArray([0, 255]),
  new Int16Array([-2, 2]),
  new Uint16Array([65535]),
  new Int32Array([-2147483648]),
  new Uint32Array([4294967295]),
  new Float32Array([0.5]),
  new Float64Array([0.1, -0]),
  new BigInt64Array([-1n]),
  new BigUint64Array([18446744073709551615n]),
  new DataView(bytes.slice().buffer, 1, 3),
  bytes.slice().buffer,
];

const values = [
  ['null', null],
  ['true', true],
  ['an integer', 42],
  ['a fraction', -0.5],
  ['minus zero', -0],
  ['NaN', Number.NaN],
  ['minus Infinity', Number.NEGATIVE_INFINITY],
  ['an empty string', ''],
  ['a string', 'Grüße, 世界 🎉 \u0000'],
  ['a string with a lone surrogate', 'a\ud800'],
  ['a string that looks like a tag', '{"$larder":"undefined"}'],
  ['a bigint', -123456789012345678901234567890n],
  ['a flat object', { id: 1, name: 'Alice', email: 'alice@example.org', admin: false, plan: null }],
  ['an array', [1, [], {}, 'x', [null]]],
  ['an object with a $larder member is plain JSON', { $larder: 'map', value: [] }],
  ['an object with a $larder member beside undefined', { $larder: 'map', value: undefined }],
  ['an object without a prototype', withoutPrototype],
  ['an object with a __proto__ member', JSON.parse('{"__proto__":{"admin":true}}')],
  ['undefined in an object and an array', { a: undefined, b: [undefined] }],
  ['an array with holes', withHoles],
  ['a date', new Date('2026-01-02T03:04:05.678Z')],
  ['an invalid date', new Date(Number.NaN)],
  ['a regexp', regexp],
  [
    'a map',
    new Map([
      ['a', 1],
      [2, new Map([[null, undefined]])],
      [{ id: 1 }, 'x'],
    ]),
  ],
  ['a set', new Set([1, '1', [1n]])],
  ['bytes', bytes],
  ['no bytes', new Uint8Array(0)],
  ['a Buffer', Buffer.from('hello')],
  ['bytes inside an object', { plain: bytes, buffer: Buffer.from('hello') }],
  ['every other binary kind', views],
];

const entries = [
  ['the bare entry', { ...bare, value: { id: 1 } }],
  [
    'an entry that never ends',
    { ...bare, value: 1, freshUntil: Number.POSITIVE_INFINITY, staleUntil: Number.POSITIVE_INFINITY },
  ],
  ['an entry with fractions of milliseconds', { ...bare, value: 1, createdAt: 1767225600000.125 }],
  ['an entry without a version', { ...bare, value: 1, version: '' }],
  [
    'every attribute',
    {
      ...bare,
      value: { id: 1 },
      tags: ['user:1', 'größe', ''],
      indexes: { email: 'alice@example.org', __proto: '', größe: '世界' },
      loadMillis: 12.5,
      contentType: 'application/json',
      etag: '"größe-1"',
      lastModified: 'Sat, 21 Nov 2026 10:00:00 GMT',
    },
  ],
  ['an etag alone', { ...bare, value: 1, etag: 'W/"1"' }],
  ...values.map(([name, value]) => [name, { ...bare, value }]),
];

/** The value in words that every language has; see envelope.md. */
function describe(value) {
  if (value === null) return { type: 'null' };
  switch (typeof value) {
    case 'boolean':
      return { type: 'boolean', is: value };
    case 'number':
      return { type: 'number', is: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { type: 'bigint', is: String(value) };
    case 'undefined':
      return { type: 'undefined' };
    case 'string':
      return { type: 'string', utf16: Buffer.from(value, 'utf16le').swap16().toString('hex') };
    default:
      return describeObject(value);
  }
}

function describeObject(value) {
  const type = Object.getPrototypeOf(value)?.constructor.name ?? 'null-prototype';
  if (Array.isArray(value)) {
    return { type: 'array', items: Array.from(value, (item, at) => (at in value ? describe(item) : { type: 'hole' })) };
  }
  if (value instanceof Map) return { type: 'map', entries: Array.from(value, (pair) => pair.map(describe)) };
  if (value instanceof Set) return { type: 'set', items: Array.from(value, describe) };
  if (value instanceof Date) return { type: 'date', millis: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof RegExp) {
    return { type: 'regexp', source: value.source, flags: value.flags, lastIndex: value.lastIndex };
  }
  if (value instanceof ArrayBuffer) return { type, hex: Buffer.from(value).toString('hex') };
  if (ArrayBuffer.isView(value)) {
    return { type, hex: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex') };
  }
  const members = Object.entries(value).map(([key, item]) => [key, describe(item)]);
  return { type: type === 'null-prototype' ? type : 'object', members };
}

const formats = ['json', 'tagged-json', 'text', 'bytes'];

function decodableFixture([name, entry]) {
  const envelope = encodeEntry(entry);
  const { value, createdAt, freshUntil, staleUntil, ...rest } = entry;
  const times = Object.fromEntries(
    Object.entries({ createdAt, freshUntil, staleUntil }).map(([key, at]) => [key, String(at)]),
  );
  const expected = { format: formats[envelope[2]], ...times, ...rest, value: describe(value) };
  return { name, hex: envelope.toString('hex'), expected };
}

/** Changes one thing about a good envelope; `payload` replaces the payload. */
function spoiled(change, entry = { ...bare, value: { id: 1 }, tags: ['t'] }) {
  const envelope = Buffer.from(encodeEntry(entry));
  return (change(envelope) ?? envelope).toString('hex');
}

function withPayload(format, payload) {
  return spoiled((envelope) => {
    const header = envelope.subarray(0, envelope.readUInt32LE(4));
    header[2] = formats.indexOf(format);
    header.writeUInt32LE(payload.length, 32);
    return Buffer.concat([header, Buffer.from(payload)]);
  });
}

function setByte(at, byte) {
  return (envelope) => {
    envelope[at] = byte;
  };
}

function insertAttribute(type, body) {
  return (envelope) => {
    const at = 37 + envelope[36];
    const attribute = Buffer.from([type, body.length, 0, 0, 0, ...body]);
    envelope.writeUInt32LE(envelope.readUInt32LE(4) + attribute.length, 4);
    return Buffer.concat([envelope.subarray(0, at), attribute, envelope.subarray(at)]);
  };
}

const attributesAt = 37 + bare.version.length;
const tagged = (text) => withPayload('tagged-json', text);
const undecodable = [
  ['nothing at all', 'too-short', ''],
  ['the fixed header cut by a byte', 'too-short', spoiled((envelope) => envelope.subarray(0, 36))],
  ['plain JSON text', 'no-envelope', Buffer.from('{"id":1,"text":"no envelope, only JSON"}').toString('hex')],
  ['the next envelope version', 'unknown-version', spoiled(setByte(1, 2))],
  ['an unknown payload format', 'unknown-format', spoiled(setByte(2, 4))],
  ['the flag for compression', 'reserved-flag', spoiled(setByte(3, 0b10))],
  ['the flag for encryption', 'reserved-flag', spoiled(setByte(3, 0b100))],
  ['the highest flag', 'reserved-flag', spoiled(setByte(3, 0b1000_0000))],
  ['the Buffer flag on JSON', 'bad-flag', spoiled(setByte(3, 1))],
  ['a payload cut by a byte', 'wrong-length', spoiled((envelope) => envelope.subarray(0, -1))],
  ['a byte after the payload', 'wrong-length', spoiled((envelope) => Buffer.concat([envelope, Buffer.of(0)]))],
  ['a payload offset past the end', 'wrong-length', spoiled(setByte(7, 0xff))],
  ['a payload offset inside the fixed header', 'bad-version', spoiled(setByte(4, 8))],
  ['a version with a space', 'bad-version', spoiled(setByte(37, 0x20))],
  ['a time that is no number', 'bad-time', spoiled((envelope) => void envelope.writeDoubleLE(Number.NaN, 16))],
  ['a tag past the header', 'bad-attribute', spoiled(setByte(attributesAt + 1, 0xff))],
  ['a tag that is not UTF-8', 'bad-attribute', spoiled(setByte(attributesAt + 5, 0xff))],
  ['a load time of 4 bytes', 'bad-attribute', spoiled(insertAttribute(3, [0, 0, 0, 0]))],
  ['an index term shorter than its name', 'bad-attribute', spoiled(insertAttribute(2, [9, 0, 0, 0, 0x61]))],
  ['JSON that ends early', 'bad-payload', withPayload('json', '{"id":')],
  ['JSON that is not UTF-8', 'bad-payload', withPayload('json', Uint8Array.of(0x22, 0xff, 0x22))],
  ['text that is not UTF-8', 'bad-payload', withPayload('text', Uint8Array.of(0xc3))],
  ['an unknown kind', 'bad-payload', tagged('{"$larder":"rocket","value":1}')],
  ['a tagged object with a member too many', 'bad-payload', tagged('{"$larder":"date","value":1,"zone":"UTC"}')],
  ['a hole outside an array', 'bad-payload', tagged('{"a":{"$larder":"hole"}}')],
  ['undefined as the whole value', 'bad-payload', tagged('{"$larder":"undefined"}')],
  ['a bigint with a leading zero', 'bad-payload', tagged('{"$larder":"bigint","value":"01"}')],
  ['a bigint that is no text', 'bad-payload', tagged('{"$larder":"bigint","value":1}')],
  ['a number that is no text', 'bad-payload', tagged('{"$larder":"number","value":-0}')],
  ['a kind that is no text', 'bad-payload', tagged('{"$larder":["map"],"value":[]}')],
  ['a regexp without an index', 'bad-payload', tagged('{"$larder":"regexp","value":["a","g"]}')],
  ['a map of triples', 'bad-payload', tagged('{"$larder":"map","value":[[1,2,3]]}')],
  ['bytes that are not base64', 'bad-payload', tagged('{"$larder":"buffer","value":"?"}')],
  ['half an element', 'bad-payload', tagged('{"$larder":"int16-array","value":"AA=="}')],
  ['1,001 levels', 'bad-payload', tagged(`${'['.repeat(1001)}${']'.repeat(1001)}`)],
];

const unknownAttribute = {
  ...decodableFixture(['', { ...bare, value: { id: 1 }, tags: ['t'] }]),
  name: 'an unknown attribute is skipped',
};
unknownAttribute.hex = spoiled(insertAttribute(200, [1, 2, 3]));

const fixtures = {
  decodable: entries.map(decodableFixture),
  skipped: [unknownAttribute],
  undecodable: undecodable.map(([name, reason, hex]) => ({ name, hex, reason })),
};
writeFileSync(new URL('envelope-fixtures.json', import.meta.url), `${JSON.stringify(fixtures, null, 2)}\n`);
