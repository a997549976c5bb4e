import { spawnSync } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import type { CompressionCodec } from '../../src/codecs/compression/compressor.js';
import { compressorOf } from '../../src/codecs/compression/compressors.js';
import { decodeEntry, decodeEnvelope, encodeEntry } from '../../src/codecs/envelope.js';
import { PayloadLayers } from '../../src/codecs/payload-layers.js';
import type { Entry } from '../../src/contracts/entry.js';
import { type Description, describedValue } from './described-value.js';
import { layersOf, opened } from './layers.js';
import { expectSame } from './same-value.js';

interface Fixture {
  readonly name: string;
  readonly hex: string;
  readonly expected: Omit<Entry, 'value' | 'createdAt' | 'freshUntil' | 'staleUntil'> & {
    readonly format: string;
    readonly createdAt: string;
    readonly freshUntil: string;
    readonly staleUntil: string;
    readonly value: Description;
  };
}

interface Sealed {
  readonly entryKey: string;
  readonly keyId: string;
  readonly codec?: CompressionCodec;
}

interface Named {
  readonly name: string;
  readonly hex: string;
}

interface Fixtures {
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
  readonly nonce: string;
  readonly compressed: readonly (Fixture & { readonly codec: CompressionCodec })[];
  readonly encrypted: readonly (Fixture & Sealed)[];
  readonly unsealable: readonly (Named & { readonly reason: string; readonly entryKey: string })[];
  readonly decodable: readonly Fixture[];
  readonly skipped: readonly Fixture[];
  readonly undecodable: readonly { readonly name: string; readonly reason: string; readonly hex: string }[];
}

const spec = fileURLToPath(new URL('../../../../spec/', import.meta.url));
const fixtures = JSON.parse(readFileSync(join(spec, 'envelope-fixtures.json'), 'utf8')) as Fixtures;

/** The words of the fixtures, and those of this library. */
const reasons: Readonly<Record<string, RegExp>> = {
  'too-short': /fewer bytes/,
  'no-envelope': /no envelope/,
  'unknown-version': /has version/,
  'unknown-format': /payload format/,
  'no-value': /no value/,
  'reserved-flag': /reserved flags/,
  'bad-flag': /Buffer flag/,
  'wrong-length': /as long as it says/,
  'bad-version': /version/,
  'bad-time': /time is not a number/,
  'bad-attribute': /attribute|load time/,
  'bad-payload': /.*/,
  'bad-compression': /compressed payload/,
  'unknown-codec': /unknown codec/,
  'bad-encryption': /encrypted payload|unknown scheme|id of the key/,
  'unknown-key': /does not have/,
};

function expectedEntry({ expected }: Fixture): Entry {
  const { format, value, createdAt, freshUntil, staleUntil, ...rest } = expected;
  const times = { createdAt: Number(createdAt), freshUntil: Number(freshUntil), staleUntil: Number(staleUntil) };
  return { value: describedValue(value), ...times, ...rest };
}

describe('the fixtures of the envelope', () => {
  it.each([...fixtures.decodable, ...fixtures.skipped])('decode: $name', (fixture) => {
    const bytes = Buffer.from(fixture.hex, 'hex');
    const decoded = decodeEntry(bytes, { freeze: true });
    const envelope = decodeEnvelope(bytes);
    expectSame(decoded.ok && decoded.entry, expectedEntry(fixture));
    expect(envelope.ok && envelope.encoded.format).toBe(fixture.expected.format);
  });

  it.each(fixtures.decodable)('encode to the same bytes: $name', (fixture) => {
    expect(encodeEntry(expectedEntry(fixture)).toString('hex')).toBe(fixture.hex);
  });

  it.each(fixtures.undecodable)('are a miss with a reason: $name', async ({ hex, reason }) => {
    const result = await opened(layersOf({}), Buffer.from(hex, 'hex'), '');
    expect(result).toEqual({ reason: expect.stringMatching(reasons[reason] as RegExp) });
  });

  it.each(fixtures.compressed)('decode what is compressed by $codec: $name', async (fixture) => {
    await compressorOf(fixture.codec);
    expectSame(await opened(layersOf({}), Buffer.from(fixture.hex, 'hex'), ''), expectedEntry(fixture));
  });
});

describe('the encrypted fixtures', () => {
  const keys = fixtures.keys.map(({ id, secret }) => ({ id, secret: createSecretKey(Buffer.from(secret, 'hex')) }));
  const makeNonce = () => Buffer.from(fixtures.nonce, 'hex');
  const layersWith = (ids: readonly string[], codec?: CompressionCodec): PayloadLayers => {
    const [first, ...others] = keys.filter(({ id }) => ids.includes(id));
    if (first === undefined) throw new Error('The fixtures have no such key.');
    return new PayloadLayers({
      compression: codec && { codec, above: 0 },
      encryption: { keys: [first, ...others], unencrypted: 'refuse', makeNonce },
    });
  };
  const everyId = keys.map(({ id }) => id);

  it.each(fixtures.encrypted)('decode: $name', async (fixture) => {
    const result = await opened(layersWith(everyId), Buffer.from(fixture.hex, 'hex'), fixture.entryKey);
    expectSame(result, expectedEntry(fixture));
  });

  it.each(fixtures.encrypted)('encode to the same bytes, with the same nonce: $name', (fixture) => {
    const layers = layersWith([fixture.keyId], fixture.codec);
    const bytes = layers.wrapNow(encodeEntry(expectedEntry(fixture)), fixture.entryKey);
    // What a compressor makes is its own affair, and may differ between versions of zlib.
    if (fixture.codec === undefined) expect(bytes.toString('hex')).toBe(fixture.hex);
    else expect(bytes[3]).toBe(6);
  });

  it.each(fixtures.unsealable)('are a miss with a reason: $name', async ({ hex, entryKey, reason }) => {
    const result = await opened(layersWith(everyId), Buffer.from(hex, 'hex'), entryKey);
    expect(result).toEqual({ reason: expect.stringMatching(reasons[reason] as RegExp) });
  });
});

describe('the reader in Python', () => {
  const { decodable, skipped, undecodable, compressed, encrypted } = fixtures;
  const count = [decodable, skipped, undecodable, compressed, encrypted].flat().length;

  it('reads every fixture', (context) => {
    expect(runPython(context)).toBe(`${count} passed, 0 failed`);
  });

  it('notices a fixture that says something else', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'larder-fixtures-'));
    const file = join(folder, 'fixtures.json');
    const spoiled = fixtures.decodable.slice(0, 1).map((each) => ({ ...each, hex: each.hex.replace(/..$/, '00') }));
    const none = { undecodable: [], compressed: [], encrypted: [] };
    writeFileSync(file, JSON.stringify({ ...none, decodable: spoiled, skipped: fixtures.skipped.slice(0, 1) }));
    const output = runPython(context, file);
    rmSync(folder, { recursive: true });
    expect(output).toMatch(/1 passed, 1 failed$/);
  });
});

function runPython(context: TestContext, ...files: readonly string[]): string {
  const python = spawnSync('python3', ['-B', join(spec, 'read_envelope.py'), ...files], { encoding: 'utf8' });
  if (python.error !== undefined) {
    console.warn(`SKIPPED: the reader in Python was not run, because python3 does not start: ${python.error.message}`);
    context.skip('python3 does not start');
  }
  expect(python.stderr).toBe('');
  return python.stdout.trim();
}
