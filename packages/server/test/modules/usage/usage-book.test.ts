import { createCache } from '@larder/cache';
import { fakeClock } from '@larder/cache/testing';
import { describe, expect, it } from 'vitest';
import { dayAt, daysAskedFor } from '../../../src/modules/usage/days.js';
import { UsageBook } from '../../../src/modules/usage/usage-book.js';
import { createUsageRecords, noUsage, type UsageRecords } from '../../../src/modules/usage/usage-records.js';
import { startApp } from '../../support/app-in-process.js';

describe('usage', () => {
  it('of each day is written down under that day, and added up over processes and flushes', async () => {
    const app = await startApp();
    const { clock, client, control, metering } = app;
    const records = createUsageRecords(control);
    await client.send('PUT', '/v1/cache/k', { body: 'value' });
    await metering.usage.of('default', []);
    await client.send('GET', '/v1/cache/k');
    const today = dayAt(clock.now());
    await metering.usage.of('default', []);
    await records.add('default', today, { ...noUsage, requests: 10, bytesSent: 1_000 });
    clock.advance(86_400_000);
    await client.send('GET', '/v1/cache/k');
    const days = [today, dayAt(clock.now())];
    expect(await metering.usage.of('default', days)).toMatchObject([
      { day: '2024-01-01', requests: 12, writes: 1, hits: 1, bytesReceived: 5, bytesSent: 1_005 },
      { day: '2024-01-02', requests: 1, writes: 0, hits: 1, bytesSent: 5 },
    ]);
    await app.close();
  });

  it('is kept for 400 days', async () => {
    const clock = fakeClock();
    const records = createUsageRecords(createCache({ clock }));
    await records.add('t', '2024-01-01', { ...noUsage, requests: 1 });
    clock.advance(399 * 86_400_000);
    expect((await records.read('t', ['2024-01-01'])).size).toBe(1);
    clock.advance(86_400_000);
    expect((await records.read('t', ['2024-01-01'])).size).toBe(0);
  });

  it('that could not be written down is written down the next time, and never twice', async () => {
    const app = await startApp();
    const written: number[] = [];
    const errors: unknown[] = [];
    let isFailing = true;
    const records: UsageRecords = {
      async add(_tenant, _day, { requests }) {
        if (isFailing) throw new Error('The store does not answer.');
        written.push(requests);
      },
      read: async () => new Map(),
    };
    const book = new UsageBook(records, app.clock, (error) => errors.push(error));
    book.follow(app.tenant);
    await app.client.send('GET', '/v1/cache/k');
    await book.flush();
    expect([written, errors.length]).toEqual([[], 1]);
    isFailing = false;
    await app.client.send('GET', '/v1/cache/k');
    await Promise.all([book.flush(), book.flush()]);
    await book.flush();
    expect(written).toEqual([2]);
    await app.close();
  });
});

describe('the days asked for', () => {
  const now = Date.UTC(2026, 2, 1, 23, 59);

  it('are the last thirty by default, and else those from the first to the last', () => {
    const byDefault = daysAskedFor(undefined, undefined, now);
    expect([byDefault.length, byDefault[0], byDefault.at(-1)]).toEqual([30, '2026-01-31', '2026-03-01']);
    expect(daysAskedFor('2026-02-27', undefined, now)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(daysAskedFor('2024-02-28', '2024-03-01', now)).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(daysAskedFor('2026-03-01', '2026-03-01', now)).toEqual(['2026-03-01']);
  });

  it('are at most as many as are kept', () => {
    expect(daysAskedFor('2025-01-26', '2026-03-01', now)).toHaveLength(400);
    expect(() => daysAskedFor('2025-01-25', '2026-03-01', now)).toThrow('Ask for 400 days at most.');
  });
});
