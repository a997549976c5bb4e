import { readFileSync } from 'node:fs';
import { createCache } from '@larder/cache';
import { inspectEnvelope, physicalKey } from '@larder/cache/inspection';
import { memoryMapStore } from '@larder/cache/testing';
import { describe, expect, it } from 'vitest';

const spec = new URL('../../../../spec/envelope-fixtures.json', import.meta.url);
interface Fixture {
  readonly name: string;
  readonly hex: string;
  readonly codec?: string;
  readonly entryKey: string;
  readonly reason: string;
}

type List = 'decodable' | 'undecodable' | 'compressed' | 'encrypted';

const fixtures: Record<List, readonly Fixture[]> & {
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
} = JSON.parse(readFileSync(spec, 'utf8'));
const encryption = {
  keys: fixtures.keys.map(({ id, secret }) => ({ id, secret })),
};
const inspected = (hex: string, options = {}) => inspectEnvelope(Buffer.from(hex, 'hex'), options);

describe('inspectEnvelope', () => {
  it('shows what a cache wrote under its physical key: attributes and value', async () => {
    const store = memoryMapStore();
    const root = createCache({ store, memory: false, namespace: 'shop' });
    await root
      .namespace('user')
      .set('alice', { since: new Date(5) }, { ttl: '1h', tags: ['t'], indexes: { plan: 'pro' } });
    const [stored] = await store.get([physicalKey(['shop', 'user'], 'alice')], { now: Date.now() });
    const inspection = await inspectEnvelope(stored?.bytes ?? new Uint8Array());
    expect(inspection).toMatchObject({
      isEnvelope: true,
      attributes: { tags: ['t'], indexes: { plan: 'pro' }, version: stored?.version, staleUntil: stored?.expiresAt },
      format: 'tagged-json',
      isCompressed: false,
      isEncrypted: false,
      value: { isReadable: true, value: { since: new Date(5) } },
    });
    await root.close();
  });

  it('tells a place that a load has taken, which a cache hides', async () => {
    const { hex = '' } = fixtures.undecodable.find(({ reason }) => reason === 'no-value') ?? {};
    expect(await inspected(hex)).toMatchObject({ isEnvelope: true, format: 'none', value: { isReadable: false } });
  });

  it.each(fixtures.compressed.filter(({ codec }) => codec === 'gzip' || codec === 'brotli'))(
    'decompresses: $name',
    async ({ hex }) => {
      expect(await inspected(hex)).toMatchObject({ isCompressed: true, value: { isReadable: true } });
    },
  );

  it.each(fixtures.encrypted.filter(({ codec }) => codec === undefined))(
    'opens with the key and the place, and shows the attributes without: $name',
    async ({ hex, entryKey }) => {
      const found = { isEncrypted: true, value: { isReadable: true } };
      expect(await inspected(hex, { encryption, physicalKey: entryKey })).toMatchObject(found);
      const elsewhere = await inspected(hex, { encryption, physicalKey: `${entryKey}x` });
      expect(elsewhere).toMatchObject({
        value: { isReadable: false, reason: expect.stringContaining('not authentic') },
      });
      const without = await inspected(hex);
      expect(without).toMatchObject({
        isEnvelope: true,
        attributes: { version: expect.any(String) },
        value: { isReadable: false, reason: expect.stringContaining('does not have') },
      });
    },
  );

  it('shows what is not encrypted although a cache would refuse it', async () => {
    const { hex = '' } = fixtures.decodable[0] ?? {};
    const strict = { encryption: { ...encryption, unencrypted: 'refuse' } };
    expect(await inspected(hex, strict)).toMatchObject({ isEncrypted: false, value: { isReadable: true } });
  });

  it('says why bytes are no envelope, and throws for none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.alloc(100, 0xc1)]) {
      expect(await inspectEnvelope(bytes)).toEqual({ isEnvelope: false, reason: expect.stringMatching(/.+\.$/) });
    }
  });
});

describe('physicalKey', () => {
  it('is the one that spec and store know', () => {
    expect(physicalKey(['shop', 'user'], 'k')).toBe('4:shop4:user:k');
    expect(physicalKey([], 'k')).toBe(':k');
  });

  it.each([[['']], [['x'.repeat(129)]]])('refuses names that no namespace has: %j', (names) => {
    expect(() => physicalKey(names, 'k')).toThrow(/1 to 128/);
    expect(() => physicalKey([], '')).toThrow(/empty/);
  });
});
