import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/errors.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('has a section for every code, and no other', () => {
    const sections = [...page.matchAll(/^## (LARDER_\w+)$/gm)].map(([, code]) => code);
    expect(sections).toEqual([...errorCodes]);
  });
});
