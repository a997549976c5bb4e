import type { TenantLimits } from '../modules/tenants/tenant-limits.js';
import { UsageError } from './command.js';
import type { Given, OptionDescriptions } from './command-description.js';
import { secondsIn } from './seconds.js';

/** The limits of a tenant as options; `none` takes a limit away. */
export const limitOptions = {
  burst: { type: 'string', value: 'n/time', description: 'requests within a time, such as 100/60s, or none' },
  daily: { type: 'string', value: 'n', description: 'requests a day (UTC), or none' },
  'stored-bytes': {
    type: 'string',
    value: 'size',
    description: 'bytes of keys and values: 1000000, 64mb, 1gb, or none',
  },
  entries: { type: 'string', value: 'n', description: 'entries, or none' },
  concurrency: { type: 'string', value: 'n', description: 'requests at the same time, or none' },
  'default-ttl': {
    type: 'string',
    value: 'time',
    description: 'the life of what is written without one: 1h, 7d, or none',
  },
} as const satisfies OptionDescriptions;

/** Those that were given. @throws UsageError */
export function limitsIn(options: Given<typeof limitOptions>['options']): Partial<TenantLimits> {
  return {
    ...limit('burst', options.burst, burstIn),
    ...limit('daily', options.daily, (text) => ({ requests: countIn('--daily', text) })),
    ...limit('storedBytes', options['stored-bytes'], bytesIn),
    ...limit('entries', options.entries, (text) => countIn('--entries', text)),
    ...limit('concurrency', options.concurrency, (text) => countIn('--concurrency', text)),
    ...limit('defaultTtl', options['default-ttl'], (text) => secondsIn('--default-ttl', text)),
  };
}

function limit<Name extends keyof TenantLimits>(
  name: Name,
  text: string | undefined,
  read: (text: string) => TenantLimits[Name],
): Partial<Pick<TenantLimits, Name>> {
  if (text === undefined) return {};
  return { [name]: text === 'none' ? null : read(text) } as Pick<TenantLimits, Name>;
}

function burstIn(text: string): TenantLimits['burst'] {
  const [requests = '', time, ...more] = text.split('/');
  if (time === undefined || more.length > 0) throw new UsageError('--burst is no rate: write 100/60s, or none.');
  return { requests: countIn('--burst', requests), seconds: secondsIn('--burst', time) };
}

function countIn(option: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${option} is no whole number from 1 on: write ${option} 1000, or ${option} none.`);
}

const bytesPerUnit = { '': 1, b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 } as const;

function bytesIn(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,9})(b|kb|mb|gb)?$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * bytesPerUnit[unit as keyof typeof bytesPerUnit];
  throw new UsageError('--stored-bytes is no size: write 1000000, 64mb, 1gb or none.');
}

/** `100 requests within 60 s`, or `none`. */
export function spokenLimit(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'object') return String(value);
  const { requests, seconds } = value as { requests?: number; seconds?: number };
  return seconds === undefined ? `${requests} requests` : `${requests} requests within ${seconds} s`;
}
