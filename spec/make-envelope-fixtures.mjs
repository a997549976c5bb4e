// Writes envelope-fixtures.json: npm run build && node spec/make-envelope-fixtures.mjs && npx biome format --write spec
import { createSecretKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { compressorOf } from '../packages/cache/dist/codecs/compression/compressors.js';
import { encodeEntry } from '../packages/cache/dist/codecs/envelope.js';
import { PayloadLayers } from '../packages/cache/dist/codecs/payload-layers.js';

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

/** Counted from the end if negative. */
function flipByte(at) {
  return (envelope) => {
    envelope[at < 0 ? envelope.length + at : at] ^= 1;
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
  ['an unknown payload format', 'unknown-format', spoiled(setByte(2, 5))],
  ['no value, because it is being loaded', 'no-value', spoiled(setByte(2, 4))],
  ['the lowest reserved flag', 'reserved-flag', spoiled(setByte(3, 0b1000))],
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

const users = Array.from({ length: 8 }, (_, id) => ({ id, name: `user ${id}`, email: `user${id}@example.org` }));
const compressible = { ...bare, value: users, tags: ['users'] };
const codecs = ['gzip', 'brotli', 'lz4', 'zstd'];

function wrapped(entry, entryKey, codec, encryption) {
  const layers = new PayloadLayers({ compression: codec && { codec, above: 0 }, encryption });
  return layers.wrapNow(encodeEntry(entry), entryKey);
}

async function compressedFixture(codec, name = codec, entry = compressible) {
  await compressorOf(codec);
  return { ...decodableFixture(['', entry]), name, codec, hex: wrapped(entry, '', codec).toString('hex') };
}

/** `packed` is what stands instead of codec, checksum, length and body. */
function compressedPayload(packed) {
  return spoiled((envelope) => {
    const header = Buffer.from(envelope.subarray(0, envelope.readUInt32LE(4)));
    header[3] = 0b10;
    header.writeUInt32LE(packed.length, 32);
    return Buffer.concat([header, packed]);
  });
}

function packed(codec, content, body, length = content.length) {
  const header = Buffer.alloc(9);
  header[0] = codec;
  header.writeUInt32LE(crc32(content), 1);
  header.writeUInt32LE(length, 5);
  return Buffer.concat([header, body]);
}

const content = Buffer.from(JSON.stringify(users));
const wellPacked = packed(1, content, gzipSync(content));
undecodable.push(
  ['a compressed payload without a header', 'bad-compression', compressedPayload(wellPacked.subarray(0, 8))],
  ['a compressed payload cut by a byte', 'bad-compression', compressedPayload(wellPacked.subarray(0, -1))],
  ['a compressed payload without a body', 'bad-compression', compressedPayload(wellPacked.subarray(0, 9))],
  ['a codec of 0', 'unknown-codec', compressedPayload(packed(0, content, content))],
  ['the next codec', 'unknown-codec', compressedPayload(packed(5, content, content))],
  ['deflate that is no gzip', 'bad-compression', compressedPayload(packed(1, content, deflateRawSync(content)))],
  [
    'the checksum of another payload',
    'bad-compression',
    compressedPayload(packed(1, content, gzipSync(content.map((byte) => byte ^ 1)))),
  ],
  [
    'a payload of one byte more than it says',
    'bad-compression',
    compressedPayload(packed(1, content, gzipSync(content), content.length - 1)),
  ],
  [
    'a payload of one byte less than it says',
    'bad-compression',
    compressedPayload(packed(1, content, gzipSync(content), content.length + 1)),
  ],
  ['more than 64 MiB', 'bad-compression', compressedPayload(packed(1, content, gzipSync(content), 64 * 1024 ** 2 + 1))],
  [
    'JSON that ends early, compressed',
    'bad-payload',
    compressedPayload(packed(1, Buffer.from('{"id":'), gzipSync('{"id":'))),
  ],
);

const secrets = {
  '2026-10': '00'.repeat(16) + 'a5'.repeat(16),
  '2026-11': 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2),
};
const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');

function sealed(entry, entryKey, id, codec) {
  const secret = createSecretKey(Buffer.from(secrets[id], 'hex'));
  return wrapped(entry, entryKey, codec, { keys: [{ id, secret }], unencrypted: 'read', makeNonce: () => nonce });
}

async function encryptedFixture(name, entry, entryKey, { id = '2026-11', codec } = {}) {
  const hex = sealed(entry, entryKey, id, codec).toString('hex');
  return { ...decodableFixture(['', entry]), name, entryKey, keyId: id, ...(codec && { codec }), hex };
}

const everyAttribute = entries.find(([name]) => name === 'every attribute')[1];
function unsealable(name, reason, change, entryKey = 'users:1') {
  const envelope = sealed({ ...bare, value: { id: 1 } }, 'users:1', '2026-11');
  return { name, entryKey, reason, hex: (change(envelope) ?? envelope).toString('hex') };
}

/** Where the parts of the sealed payload begin. */
const sealedAt = 37 + bare.version.length;
const sealedNonceAt = sealedAt + 2 + '2026-11'.length;
function shortened(length) {
  return (envelope) => {
    const part = envelope.subarray(0, length);
    part.writeUInt32LE(length - sealedAt, 32);
    return part;
  };
}

const fixtures = {
  keys: Object.entries(secrets).map(([id, secret]) => ({ id, secret })),
  nonce: nonce.toString('hex'),
  compressed: [
    ...(await Promise.all(codecs.map((codec) => compressedFixture(codec)))),
    await compressedFixture('gzip', 'text', { ...bare, value: 'Grüße, 世界 🎉 '.repeat(20) }),
    await compressedFixture('gzip', 'a Buffer', { ...bare, value: Buffer.alloc(500, 'larder') }),
    await compressedFixture('gzip', 'tagged JSON', { ...bare, value: new Map(users.map((user) => [user.id, user])) }),
  ],
  encrypted: [
    await encryptedFixture('encrypted', { ...bare, value: { id: 1 } }, 'users:1'),
    await encryptedFixture('with the other key', { ...bare, value: 'text' }, 'users:1', { id: '2026-10' }),
    await encryptedFixture('no bytes', { ...bare, value: new Uint8Array(0) }, ''),
    await encryptedFixture('under a key beyond ASCII', { ...bare, value: null }, 'größe/世界'),
    await encryptedFixture('with every attribute', everyAttribute, 'users:1'),
    await encryptedFixture('compressed and encrypted', compressible, 'users:all', { codec: 'gzip' }),
  ],
  unsealable: [
    unsealable('under another key of the store', 'bad-encryption', () => undefined, 'users:2'),
    unsealable('another life', 'bad-encryption', (envelope) => void envelope.writeDoubleLE(1e15, 16)),
    unsealable('another version of the entry', 'bad-encryption', setByte(37, 0x78)),
    unsealable('another format', 'bad-encryption', setByte(2, 2)),
    unsealable('the flag of compression', 'bad-encryption', setByte(3, 0b110)),
    unsealable('the id of another key', 'bad-encryption', setByte(sealedNonceAt - 1, 0x30)),
    unsealable('the id of no key', 'unknown-key', setByte(sealedNonceAt - 1, 0x39)),
    unsealable('an id with a space', 'bad-encryption', setByte(sealedAt + 2, 0x20)),
    unsealable('another scheme', 'bad-encryption', setByte(sealedAt, 2)),
    unsealable('another first half of the nonce', 'bad-encryption', setByte(sealedNonceAt, 0)),
    unsealable('another second half of the nonce', 'bad-encryption', setByte(sealedNonceAt + 12, 0)),
    unsealable('another byte of the ciphertext', 'bad-encryption', flipByte(sealedNonceAt + 24)),
    unsealable('another byte of the tag', 'bad-encryption', flipByte(-1)),
    unsealable('no ciphertext and a tag cut by a byte', 'bad-encryption', shortened(sealedNonceAt + 24 + 15)),
    unsealable('nothing', 'bad-encryption', shortened(sealedAt)),
  ],
  decodable: entries.map(decodableFixture),
  skipped: [unknownAttribute],
  undecodable: undecodable.map(([name, reason, hex]) => ({ name, hex, reason })),
};
writeFileSync(new URL('envelope-fixtures.json', import.meta.url), `${JSON.stringify(fixtures, null, 2)}\n`);
