import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compressionCodecs } from '../../src/codecs/compression/compressor.js';
import { decodeEnvelope, withLifetime } from '../../src/codecs/envelope.js';
import { arbitraryValue } from './arbitrary-value.js';
import { keptValues } from './kept-values.js';
import { bare, combinations, envelopeOf, layersOf, loadAllCodecs, opened, secretOf } from './layers.js';
import { expectSame } from './same-value.js';

beforeAll(loadAllCodecs);

const key = 'shop:user:1';
const secrets = 'the secret of the value, the secret of the value, the secret of the value';
const users = Array.from({ length: 200 }, (_, id) => ({ id, name: `user ${id}`, email: `user${id}@example.org` }));
const payloadAt = (bytes: Buffer) => bytes.readUInt32LE(4);
const flags = (bytes: Buffer) => bytes[3];

describe.each(combinations)('a payload comes back: $name', ({ options }) => {
  const layers = layersOf(options);
  const reader = layersOf({ keys: options.keys });

  it.each(keptValues())('%s', async (_, value) => {
    const expected = { value, ...bare };
    expectSame(await opened(reader, layers.wrapNow(envelopeOf(value), key), key), expected);
    expectSame(await opened(reader, await layers.wrap(envelopeOf(value), key), key), expected);
  });

  it('any value', async () => {
    const property = fc.asyncProperty(arbitraryValue, fc.string(), async (value, anyKey) => {
      const wrapped = layers.wrapNow(envelopeOf(value), anyKey);
      expectSame(await opened(reader, wrapped, anyKey), { value, ...bare });
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('one of a megabyte', async () => {
    const value = Array.from({ length: 100 }, () => users);
    expectSame(await opened(reader, await layers.wrap(envelopeOf(value), key), key), { value, ...bare });
    expectSame(await opened(reader, layers.wrapNow(envelopeOf(value), key), key), { value, ...bare });
  });

  it('and its header can be read without it', () => {
    const header = decodeEnvelope(layers.wrapNow(envelopeOf(users), key));
    expect(header).toMatchObject({ ok: true, header: bare });
  });

  it('and a part of an envelope is a miss, whatever part it is', async () => {
    const bytes = layers.wrapNow(envelopeOf(users.slice(0, 5)), key);
    for (let length = 0; length < bytes.length; length++) {
      expect(await opened(reader, bytes.subarray(0, length), key)).toEqual({ reason: expect.any(String) });
    }
  });

  it('and a part of the payload, in an envelope that says so, is a miss', async () => {
    if (options.codec === undefined && options.keys === undefined) return;
    const bytes = layers.wrapNow(envelopeOf(users.slice(0, 5)), key);
    for (let length = payloadAt(bytes); length < bytes.length; length++) {
      const part = Buffer.from(bytes.subarray(0, length));
      part.writeUInt32LE(length - payloadAt(bytes), 32);
      expect(await opened(reader, part, key)).toEqual({ reason: expect.any(String) });
    }
  });
});

describe.each(combinations.filter(({ options }) => options.codec ?? options.keys))(
  'damage to what is $name never throws, and never makes another value',
  ({ options }) => {
    it('anywhere in the payload', async () => {
      const layers = layersOf(options);
      const original = layers.wrapNow(envelopeOf(users.slice(0, 30)), key);
      const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
      const property = fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(original);
        const start = options.keys === undefined ? payloadAt(bytes) : 0;
        for (const [at, byte] of changes) bytes[start + (at % (bytes.length - start))] = byte;
        const result = await opened(layers, bytes, key);
        // A changed byte can say the same: gzip's header has room for a comment. What comes back is still the value.
        if ('reason' in result) expect(result.reason.length).toBeGreaterThan(10);
        else expectSame(result, { value: users.slice(0, 30), ...bare });
        if (options.keys !== undefined && !bytes.equals(original) && !('reason' in result)) {
          // Without the flag it is an envelope that is not encrypted, which is another matter (`unencrypted`).
          expect(flags(bytes)).not.toBe(flags(original));
        }
      });
      await fc.assert(property, { numRuns: 2_000 });
    });
  },
);

describe('random bytes as a wrapped payload never throw', () => {
  it.each([2, 4, 6])('with flags %i', async (flag) => {
    const readers = [layersOf({}), layersOf({ keys: [secretOf('a', 1)] })];
    const head = Buffer.from(envelopeOf(1).subarray(0, payloadAt(envelopeOf(1))));
    head[3] = flag;
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(5), async (body, codec) => {
      const bytes = Buffer.concat([head, Buffer.of(codec), body]);
      bytes.writeUInt32LE(body.length + 1, 32);
      for (const reader of readers) expect(await opened(reader, bytes, key)).toHaveProperty('reason');
    });
    await fc.assert(property, { numRuns: 2_000 });
  });
});

describe('compression', () => {
  it.each(compressionCodecs)('%s leaves alone what does not become smaller', (codec) => {
    const envelope = envelopeOf(Buffer.from('0123456789'));
    expect(layersOf({ codec }).wrapNow(envelope, key)).toBe(envelope);
  });

  it.each(compressionCodecs)('%s leaves alone what is not above the limit', (codec) => {
    const envelope = envelopeOf('a'.repeat(1_000));
    expect(layersOf({ codec, above: 1_000 }).wrapNow(envelope, key)).toBe(envelope);
    expect(flags(layersOf({ codec, above: 999 }).wrapNow(envelope, key))).toBe(2);
  });

  it.each(compressionCodecs)('%s makes JSON at least three times as small', (codec) => {
    const envelope = envelopeOf(users);
    expect(envelope.length / layersOf({ codec }).wrapNow(envelope, key).length).toBeGreaterThan(3);
  });

  it.each(compressionCodecs)('%s: what says less than it holds is refused, whatever it would become', async (codec) => {
    const bytes = layersOf({ codec }).wrapNow(envelopeOf(Buffer.alloc(32 * 1024 ** 2)), key);
    bytes.writeUInt32LE(1_000, payloadAt(bytes) + 5);
    const before = process.memoryUsage().arrayBuffers;
    expect(await opened(layersOf({}), bytes, key)).toEqual({ reason: 'The compressed payload is damaged.' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 ** 2);
  });

  it.each(compressionCodecs)('%s: what says more than 64 MiB is refused before it is touched', async (codec) => {
    const bytes = layersOf({ codec }).wrapNow(envelopeOf(users), key);
    bytes.writeUInt32LE(64 * 1024 ** 2 + 1, payloadAt(bytes) + 5);
    expect(await opened(layersOf({}), bytes, key)).toEqual({ reason: expect.stringMatching(/hold 67108865 bytes/) });
  });

  it('what is larger than a reader would believe is not compressed', () => {
    const envelope = envelopeOf(Buffer.alloc(64 * 1024 ** 2 + 1));
    expect(layersOf({ codec: 'gzip' }).wrapNow(envelope, key)).toBe(envelope);
  });

  it('an unknown codec is a miss', async () => {
    const bytes = layersOf({ codec: 'gzip' }).wrapNow(envelopeOf(users), key);
    bytes[payloadAt(bytes)] = 9;
    expect(await opened(layersOf({}), bytes, key)).toEqual({ reason: expect.stringMatching(/unknown codec 9/) });
  });

  it('what takes more than is allowed at once is done later, and a batch has one allowance', () => {
    const bytes = layersOf({ codec: 'gzip' }).wrapNow(envelopeOf('a'.repeat(40_000)), key);
    const allowance = { bytes: 65_536 };
    expect(layersOf({}).unwrap(bytes, key, allowance)).toMatchObject({ ok: true });
    expect(allowance.bytes).toBe(25_536);
    expect(layersOf({}).unwrap(bytes, key, allowance)).toBeTypeOf('function');
  });

  it('a new life leaves the payload as it is', async () => {
    const bytes = layersOf({ codec: 'gzip' }).wrapNow(envelopeOf(users), key);
    const touched = withLifetime(bytes, 5, 7) as Buffer;
    expect(await opened(layersOf({}), touched, key)).toEqual({ ...bare, freshUntil: 5, staleUntil: 7, value: users });
    expect(touched.subarray(32).equals(bytes.subarray(32))).toBe(true);
  });
});

describe('encryption', () => {
  const first = secretOf('first', 1);
  const second = secretOf('second', 2);
  const writer = layersOf({ keys: [first] });
  const bytes = writer.wrapNow(envelopeOf(secrets), key);

  it('hides the value, and neither tags, terms, times nor the id of the key', () => {
    expect(bytes.includes('secret')).toBe(false);
    for (const visible of ['user:1', 'a@example.org', 'first']) expect(bytes.includes(visible)).toBe(true);
  });

  it('makes other bytes every time', () => {
    expect(writer.wrapNow(envelopeOf(secrets), key).equals(bytes)).toBe(false);
  });

  it('compresses first', () => {
    const both = layersOf({ codec: 'gzip', keys: [first] }).wrapNow(envelopeOf(users), key);
    expect([both.length < envelopeOf(users).length / 2, flags(both)]).toEqual([true, 6]);
  });

  it('writes with the first key and reads with all', async () => {
    const rotated = layersOf({ keys: [second, first] });
    expect(await opened(rotated, bytes, key)).toMatchObject({ value: secrets });
    const written = rotated.wrapNow(envelopeOf(secrets), key);
    expect(await opened(layersOf({ keys: [second] }), written, key)).toMatchObject({ value: secrets });
    expect(await opened(writer, written, key)).toEqual({
      reason: expect.stringMatching(/key 'second'.*does not have/),
    });
  });

  it('a reader without keys says which one it lacks', async () => {
    expect(await opened(layersOf({}), bytes, key)).toEqual({ reason: expect.stringMatching(/key 'first'/) });
  });

  it('another secret of the same id is not authentic', async () => {
    const other = layersOf({ keys: [secretOf('first', 9)] });
    expect(await opened(other, bytes, key)).toEqual({ reason: expect.stringMatching(/not authentic/) });
  });

  it.each(['shop:user:2', 'shop', '', 'shop:user:1 ', 'other:user:1'])(
    'moved under %j is not authentic',
    async (to) => {
      expect(await opened(writer, bytes, to)).toEqual({ reason: expect.stringMatching(/not authentic/) });
    },
  );

  it('any other byte in any place is a miss: header, times, tags, terms, id, nonce, payload, tag', async () => {
    const strict = layersOf({ keys: [first], unencrypted: 'refuse' });
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ mask;
        expect(await opened(strict, changed, key)).toEqual({ reason: expect.any(String) });
      }
    }
  });

  it("reads what is not encrypted, unless 'unencrypted' is 'refuse'", async () => {
    const plain = envelopeOf(secrets);
    expect(await opened(writer, plain, key)).toMatchObject({ value: secrets });
    const strict = layersOf({ keys: [first], unencrypted: 'refuse' });
    expect(await opened(strict, plain, key)).toEqual({ reason: expect.stringMatching(/not encrypted/) });
    const compressed = layersOf({ codec: 'gzip' }).wrapNow(envelopeOf(users), key);
    expect(await opened(strict, compressed, key)).toEqual({ reason: expect.stringMatching(/not encrypted/) });
  });

  it('a new life needs the key, and seals anew with the first', async () => {
    expect(withLifetime(bytes, 5, 7)).toBeUndefined();
    expect(layersOf({}).resealed(bytes, key, 5, 7)).toBeUndefined();
    expect(layersOf({ keys: [second] }).resealed(bytes, key, 5, 7)).toBeUndefined();
    const touched = layersOf({ keys: [second, first] }).resealed(bytes, key, 5, 7) as Buffer;
    const expected = { ...bare, value: secrets, freshUntil: 5, staleUntil: 7 };
    expect(await opened(layersOf({ keys: [second] }), touched, key)).toEqual(expected);
  });

  it('a new life of what is compressed and encrypted leaves it both', async () => {
    const both = layersOf({ codec: 'brotli', keys: [first] });
    const touched = both.resealed(both.wrapNow(envelopeOf(users), key), key, 5, 7) as Buffer;
    expect(flags(touched)).toBe(6);
    expect(await opened(both, touched, key)).toMatchObject({ value: users, freshUntil: 5, staleUntil: 7 });
  });
});
