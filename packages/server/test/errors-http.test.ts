import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorRegistry } from '../src/http/error-registry.js';

const page = readFileSync(new URL('../../../docs/errors-http.md', import.meta.url), 'utf8');

describe('docs/errors-http.md', () => {
  it('has a row for every code with its status, and no other', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (yes|no) \| (.+) \|$/gm)].map(
      ([, code, status, retryable, title]) => [code, { status: Number(status), retryable: retryable === 'yes', title }],
    );
    expect(Object.fromEntries(rows)).toEqual(errorRegistry);
    expect(rows).toHaveLength(Object.keys(errorRegistry).length);
  });
});
