import { describe, expect, it } from 'vitest';
import type { Duration, Size } from '../../src/contracts/time.js';
import { InvalidOptionError } from '../../src/errors.js';
import { parseDuration } from '../../src/options/duration.js';
import { parseSize } from '../../src/options/size.js';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1.5h', 5_400_000],
    ['never', Number.POSITIVE_INFINITY],
  ] as const)('%s is %d ms', (text, millis) => {
    expect(parseDuration(text, 'ttl')).toBe(millis);
  });

  it.each([['30'], ['30 s'], ['s'], ['-1s'], ['0s'], ['1e3s'], ['1w'], [''], ['Infinityms'], ['99999999999999d']])(
    'refuses %j, naming the option',
    (text) => {
      expect(() => parseDuration(text as Duration, 'ttl')).toThrow(InvalidOptionError);
      expect(() => parseDuration(text as Duration, 'ttl')).toThrow(/^ttl is/);
    },
  );

  it('tells a bare number what to write instead', () => {
    expect(() => parseDuration(30 as unknown as Duration, 'ttl')).toThrow("write '30ms' or '30s'");
  });

  it.each([[null], [undefined], [{}], [Number.NaN]])('refuses %s', (value) => {
    expect(() => parseDuration(value as unknown as Duration, 'ttl')).toThrow(InvalidOptionError);
  });
});

describe('sizes', () => {
  it.each([
    ['512b', 512],
    ['64kb', 65_536],
    ['64mb', 67_108_864],
    ['1gb', 1_073_741_824],
  ] as const)('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text, 'maxBytes')).toBe(bytes);
  });

  it.each([['64'], ['64 mb'], ['64mib'], ['-1mb'], [64]])('refuses %j', (size) => {
    expect(() => parseSize(size as Size, 'maxBytes')).toThrow(InvalidOptionError);
  });
});
