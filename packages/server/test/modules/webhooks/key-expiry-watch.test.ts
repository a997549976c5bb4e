import { createCache } from '@larder/cache';
import { fakeClock } from '@larder/cache/testing';
import { describe, expect, it } from 'vitest';
import { createApiKeyRecords } from '../../../src/modules/api-keys/api-key-records.js';
import { expiryStateOf, tellOfKeyExpiry } from '../../../src/modules/webhooks/key-expiry-watch.js';

const day = 86_400_000;

describe('the end of an API key', () => {
  it.each([
    ['without an end', undefined, undefined],
    ['long before it', 7 * day + 1, undefined],
    ['a week before it', 7 * day, 'expiring'],
    ['just before it', 1, 'expiring'],
    ['at it', 0, 'expired'],
    ['a day after it', -day, 'expired'],
    ['long after it', -day - 1, undefined],
  ])('%s', (_, left, state) => {
    const now = Date.UTC(2024, 0, 1);
    expect(expiryStateOf(left === undefined ? {} : { expiresAt: now + left }, now)).toBe(state);
  });

  it('is told once before, and once when it has come, also if a process died before it could note that', async () => {
    const clock = fakeClock();
    const control = createCache({ clock });
    const apiKeyRecords = createApiKeyRecords(control);
    const expiresAt = clock.now() + 3 * day;
    const terms = { tenant: 'shop', name: 'deploys', scopes: [] };
    const { id } = await apiKeyRecords.create({ ...terms, expiresAt }, clock.now());
    await apiKeyRecords.create({ ...terms, tenant: 'other', expiresAt }, clock.now());
    const told: { data: unknown; id: string }[] = [];
    let dies = true;
    const watch = () =>
      tellOfKeyExpiry(['shop'], {
        ...{ control, apiKeyRecords, now: clock.now },
        async tell(tenant, data, eventId) {
          expect(tenant).toBe('shop');
          told.push({ data, id: eventId });
          if (dies) throw new Error('killed');
        },
      });
    await expect(watch()).rejects.toThrow('killed');
    dies = false;
    for (let turn = 0; turn < 3; turn++) await watch();
    clock.advance(3 * day);
    for (let turn = 0; turn < 3; turn++) await watch();
    const common = { keyId: id, name: 'deploys', expiresAt: new Date(expiresAt).toISOString(), rotatedTo: null };
    expect(told.map(({ data }) => data)).toEqual([
      { ...common, state: 'expiring' },
      { ...common, state: 'expiring' },
      { ...common, state: 'expired' },
    ]);
    expect(told[0]?.id).toBe(told[1]?.id);
    expect(told[1]?.id).not.toBe(told[2]?.id);
    await control.close();
  });
});
