import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { decodeEntry, decodeEnvelope, encodeEntry } from '../../src/codecs/envelope.js';
import type { Entry } from '../../src/contracts/entry.js';
import { type Description, describedValue } from './described-value.js';
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

interface Fixtures {
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
  'reserved-flag': /reserved flags/,
  'bad-flag': /Buffer flag/,
  'wrong-length': /as long as it says/,
  'bad-version': /version/,
  'bad-time': /time is not a number/,
  'bad-attribute': /attribute|load time/,
  'bad-payload': /.*/,
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

  it.each(fixtures.undecodable)('are a miss with a reason: $name', ({ hex, reason }) => {
    const decoded = decodeEntry(Buffer.from(hex, 'hex'), { freeze: true });
    expect(decoded).toEqual({ ok: false, reason: expect.stringMatching(reasons[reason] as RegExp) });
  });
});

describe('the reader in Python', () => {
  const count = fixtures.decodable.length + fixtures.skipped.length + fixtures.undecodable.length;

  it('reads every fixture', (context) => {
    expect(runPython(context)).toBe(`${count} passed, 0 failed`);
  });

  it('notices a fixture that says something else', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'larder-fixtures-'));
    const file = join(folder, 'fixtures.json');
    const decodable = fixtures.decodable.map((fixture) => ({ ...fixture, hex: fixture.hex.replace(/..$/, '00') }));
    writeFileSync(file, JSON.stringify({ ...fixtures, decodable: decodable.slice(0, 1), undecodable: [] }));
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
