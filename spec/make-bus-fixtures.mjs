// Writes bus-fixtures.json, without the library: node spec/make-bus-fixtures.mjs && npx biome format --write spec
import { writeFileSync } from 'node:fs';

const u8 = (...numbers) => Buffer.from(numbers);
const u16 = (number) => u8(number & 0xff, number >> 8);
const u32 = (number) => Buffer.from(Uint32Array.of(number).buffer);
const f64 = (number) => Buffer.from(Float64Array.of(number).buffer);
const text = (string) => Buffer.concat([u16(Buffer.byteLength(string)), Buffer.from(string)]);
const action = (kind, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u8(kind), u16(body.length), body]);
};

const usual = { flags: 0, node: '0011223344ff80a5', epoch: 0, heartbeat: 1000, sequence: 42, clock: 1767225600000.5 };
const frame = (given, ...actions) => {
  const { flags, node, epoch, heartbeat, sequence, clock } = { ...usual, ...given };
  const body = Buffer.concat(actions);
  const header = [u8(0xf5, 1, flags, 0), u32(40 + body.length), Buffer.from(node, 'hex'), u32(epoch), u32(heartbeat)];
  return Buffer.concat([...header, f64(sequence), f64(clock), body]);
};
const { flags: _, ...usualHeader } = { ...usual, isBye: false };
const readable = (name, bytes, actions = [], header = {}, tellsMore = false) => ({
  name,
  hex: bytes.toString('hex'),
  expected: { ...usualHeader, ...header, actions, tellsMore },
});
const shop = '4:shop:';
const changed = action(1, text(shop), text('user:1'), text('ключ 🎉'));
const toldChanged = { kind: 'changed', namespace: shop, names: ['user:1', 'ключ 🎉'] };

/** Frames that the library would write byte for byte the same. */
const written = [
  readable('a heartbeat', frame({})),
  readable('the first frame of a process', frame({ sequence: 0 }), [], { sequence: 0 }),
  readable('a farewell', frame({ flags: 1, sequence: 43 }), [], { isBye: true, sequence: 43 }),
  readable('a later epoch, another heartbeat', frame({ epoch: 7, heartbeat: 250 }), [], { epoch: 7, heartbeat: 250 }),
  readable('keys that were changed', frame({}, changed), [toldChanged]),
  readable('keys of the namespace without a name', frame({}, action(1, text(':'), text('k'))), [
    { kind: 'changed', namespace: ':', names: ['k'] },
  ]),
  readable('keys that were filled', frame({}, action(2, text(shop), text('k'))), [
    { kind: 'filled', namespace: shop, names: ['k'] },
  ]),
  readable('names that were released', frame({}, action(3, text(shop), text('k'))), [
    { kind: 'released', namespace: shop, names: ['k'] },
  ]),
  readable(
    'tags that were invalidated, one way and the other',
    frame(
      {},
      action(4, f64(1767225599999.999), u8(0), text(shop), text('t')),
      action(4, f64(5), u8(1), text(shop), text('t'), text('u')),
    ),
    [
      { kind: 'tags-invalidated', namespace: shop, tags: ['t'], time: 1767225599999.999, remove: false },
      { kind: 'tags-invalidated', namespace: shop, tags: ['t', 'u'], time: 5, remove: true },
    ],
  ),
  readable('a namespace that was cleared', frame({}, action(5, f64(1767225600000), text(shop))), [
    { kind: 'cleared', namespace: shop, time: 1767225600000 },
  ]),
  readable(
    'messages, one of them empty',
    frame({}, action(6, text(shop), text('news'), u8(0, 255, 1)), action(6, text(shop), text('news'))),
    [
      { kind: 'message', namespace: shop, channel: 'news', message: '00ff01' },
      { kind: 'message', namespace: shop, channel: 'news', message: '' },
    ],
  ),
];

/** Frames that only a later version of the library would write. */
const later = [
  readable(
    'an action of an unknown kind between two that are known',
    frame({}, changed, action(200, u8(1, 2, 3)), action(5, f64(1), text(shop))),
    [toldChanged, { kind: 'cleared', namespace: shop, time: 1 }],
    {},
    true,
  ),
  readable('nothing but an empty action of kind 0', frame({}, action(0)), [], {}, true),
];
const reserved = frame({});
reserved[3] = 9;
later.push(readable('another reserved byte', reserved));

const spoilt = (at, byte, bytes = frame({}, changed)) => {
  const copy = Buffer.from(bytes);
  copy[at] = byte;
  return copy;
};
const unreadable = [
  ['nothing', 'too-short', Buffer.alloc(0)],
  ['a header without its last byte', 'too-short', frame({}).subarray(0, 39)],
  ['an envelope', 'no-frame', spoilt(0, 0xc1)],
  ['text', 'no-frame', Buffer.from('{"hello":"there, whoever you are on this channel"}')],
  ['version 2', 'unknown-version', spoilt(1, 2)],
  ['a reserved flag', 'reserved-flag', spoilt(2, 2)],
  ['a frame without its last byte', 'wrong-length', frame({}, changed).subarray(0, -1)],
  ['a frame and another byte', 'wrong-length', Buffer.concat([frame({}, changed), u8(0)])],
  ['no heartbeat', 'bad-heartbeat', frame({ heartbeat: 0 })],
  ['a fraction as sequence number', 'bad-sequence', frame({ sequence: 1.5 })],
  ['a sequence number above 2^53 - 1', 'bad-sequence', frame({ sequence: 2 ** 53 })],
  ['a negative sequence number', 'bad-sequence', frame({ sequence: -1 })],
  ['a clock that is NaN', 'bad-time', frame({ clock: Number.NaN })],
  ['a clock beyond all dates', 'bad-time', frame({ clock: 8.64e15 + 1 })],
  ['a clear at infinity', 'bad-time', frame({}, action(5, f64(Number.POSITIVE_INFINITY), text(shop)))],
  ['an action that ends after the frame', 'bad-action', frame({}, u8(1), u16(100), text(shop))],
  ['half the header of an action', 'bad-action', frame({}, u8(1, 0))],
  ['a name that ends after its action', 'bad-action', frame({}, action(1, text(shop), u16(9), u8(65)))],
  ['a clear with something behind it', 'bad-action', frame({}, action(5, f64(1), text(shop), u8(0)))],
  ['neither expired nor removed', 'bad-action', frame({}, action(4, f64(1), u8(2), text(shop), text('t')))],
  ['a name that is not UTF-8', 'bad-action', frame({}, action(1, text(shop), u16(1), u8(0xff)))],
].map(([name, reason, bytes]) => ({ name, reason, hex: bytes.toString('hex') }));

const file = new URL('bus-fixtures.json', import.meta.url);
writeFileSync(file, JSON.stringify({ written, later, unreadable }, null, 2));
