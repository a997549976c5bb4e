import { describe, expect, it } from 'vitest';
import { closestName } from '../../src/options/closest-name.js';

const names = ['ttl', 'store', 'memory', 'maxBytes', 'staleIfError', 'namespaces'];

describe('the name that was probably meant', () => {
  it.each([
    ['tll', 'ttl'],
    ['tlt', 'ttl'],
    ['stoer', 'store'],
    ['memry', 'memory'],
    ['max_bytes', 'maxBytes'],
    ['MAX-BYTES', 'maxBytes'],
    ['stale_if_eror', 'staleIfError'],
    ['namespace', 'namespaces'],
  ])('%s: %s', (text, meant) => {
    expect(closestName(text, names)).toBe(meant);
  });

  it.each(['', 'colour', 'x', 'time', 'cache', 'm'.repeat(1_000_000)])('none for %.10s', (text) => {
    expect(closestName(text, names)).toBeUndefined();
  });
});
