import type { Entry } from '@larder/cache';
import { expect, it } from 'vitest';
import { entryDocument } from '../../../src/modules/entries/entry-document.js';
import { EntryDocuments } from '../../../src/modules/entries/entry-documents.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function entryOf(parts: Partial<Entry<Uint8Array>> = {}): Entry<Uint8Array> {
  const life = { createdAt: 1_000, freshUntil: 61_000, staleUntil: 61_000 };
  return {
    value: bytes('"v"'),
    version: 'n.1',
    tags: [],
    indexes: {},
    ...life,
    contentType: 'application/json',
    ...parts,
  };
}

const written = (key: string, entry: Entry<Uint8Array>, now: number) => entryDocument(key, entry, now).slice(1, -1);

it('are what they would be if they were made anew, as time goes on', () => {
  const documents = new EntryDocuments();
  const entries = [
    entryOf(),
    entryOf({ version: 'n."2"', tags: ['a', 'é'], indexes: { user: 'alice' } }),
    entryOf({ version: 'n.3', freshUntil: Number.POSITIVE_INFINITY, value: bytes('text'), contentType: 'text/plain' }),
    entryOf({ version: 'n.4', value: new Uint8Array([0, 255]), contentType: 'image/png' }),
    entryOf({ version: 'n.5', value: new Uint8Array(5_000) }),
  ];
  for (const now of [1_000, 1_001, 30_000, 60_999]) {
    for (const entry of entries) expect(documents.membersOf('k "1"', entry, now)).toBe(written('k "1"', entry, now));
  }
});

it('are of the life that the entry has now', () => {
  const documents = new EntryDocuments();
  const entry = entryOf();
  expect(documents.membersOf('k', entry, 1_000)).toContain('"ttl":60,');
  expect(documents.membersOf('k', { ...entry, freshUntil: 3_000 }, 1_000)).toContain('"ttl":2,');
});

it('are of no other entry, whatever versions a store comes up with', () => {
  const documents = new EntryDocuments();
  const [mine, theirs] = [entryOf({ value: bytes('"mine"') }), entryOf({ value: bytes('"theirs"') })];
  for (let round = 0; round < 2; round++) {
    expect(documents.membersOf('k', mine, 1_000)).toBe(written('k', mine, 1_000));
    expect(documents.membersOf('k', theirs, 1_000)).toBe(written('k', theirs, 1_000));
    expect(documents.membersOf('other', mine, 1_000)).toBe(written('other', mine, 1_000));
  }
});

it('take no more room than they may, and are kept up to that', () => {
  const most = 100_000;
  const documents = new EntryDocuments(most);
  let largest = 0;
  for (let at = 0; at < 2_000; at++) {
    const entry = entryOf({ version: `n.${at}`, value: new Uint8Array(at % 1_000) });
    expect(documents.membersOf(`k${at}`, entry, 1_000)).toBe(written(`k${at}`, entry, 1_000));
    largest = Math.max(largest, documents.bytes);
  }
  expect(largest).toBeGreaterThan(most / 2);
  expect(largest).toBeLessThanOrEqual(1.05 * most);
});
