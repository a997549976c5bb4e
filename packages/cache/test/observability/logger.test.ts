import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { CacheEventOf, CacheEventType } from '../../src/contracts/events.js';
import { InvalidOptionError, StoreError } from '../../src/errors.js';
import { type LoggerOptions, reportToLogger } from '../../src/observability/logger.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { everyEvent, reportingCache, secretKey } from './every-event.js';

type Line = Record<string, unknown> & { level: number; msg: string; event: CacheEventType };

const pinoLevels: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };
const pinoMembers = ['level', 'time', 'pid', 'hostname'];

describe('reportToLogger, with pino', () => {
  let clock: FakeClock;
  let lines: Line[];
  let reporting: ReturnType<typeof reportingCache>;
  const logger = () => pino({ level: 'trace' }, { write: (text: string) => lines.push(JSON.parse(text)) });
  const start = (options: LoggerOptions = {}) => reportToLogger(reporting.cache, logger(), { clock, ...options });
  const tellEverything = () => Object.values(everyEvent).forEach(reporting.tell);
  const content = (line: Line | undefined) =>
    Object.fromEntries(Object.entries(line ?? {}).filter(([name]) => !pinoMembers.includes(name)));

  beforeEach(() => {
    clock = fakeClock();
    lines = [];
    reporting = reportingCache();
  });

  it('is loud about what is broken, and silent about what is normal', () => {
    start();
    tellEverything();
    expect(Object.fromEntries(lines.map(({ event, level }) => [event, pinoLevels[level]]))).toEqual({
      'store-error': 'error',
      circuit: 'error',
      'write-dropped': 'warn',
      'recovery-lost': 'warn',
      recovered: 'info',
      bus: 'info',
      'memory-doubted': 'debug',
      'load-error': 'warn',
      undecodable: 'warn',
      'invalidate-tags': 'info',
      clear: 'info',
      'invalidated-elsewhere': 'debug',
      'cleared-elsewhere': 'debug',
      refresh: 'debug',
      'load-overtaken': 'debug',
    });
  });

  it('does not listen to what it would not log, so that a hit stays on its shortest way', () => {
    start();
    expect(reporting.listened()).not.toContain('hit');
    expect(reporting.listened()).not.toContain('set');
  });

  it('logs what it is told to, as loud as it is told to', () => {
    start({ levels: { hit: 'debug', evict: 'info', clear: false } });
    tellEverything();
    const levelOf = (type: CacheEventType) => pinoLevels[lines.find(({ event }) => event === type)?.level ?? 0];
    expect([levelOf('hit'), levelOf('evict'), levelOf('clear')]).toEqual(['debug', 'info', undefined]);
  });

  it('says that a circuit closed again in a lower voice than that it opened', () => {
    start();
    for (const state of ['open', 'half-open', 'closed'] as const) reporting.tell({ ...everyEvent.circuit, state });
    expect(lines.map(({ state, level }) => [state, pinoLevels[level]])).toEqual([
      ['open', 'error'],
      ['half-open', 'info'],
      ['closed', 'info'],
    ]);
  });

  it('says what happened where, and of an error its name and code', () => {
    start();
    reporting.tell({ ...everyEvent['load-error'], error: Object.assign(new TypeError('x'), { code: 'ECONNREFUSED' }) });
    reporting.tell(everyEvent['store-error']);
    expect(lines.map(content)).toEqual([
      {
        event: 'load-error',
        namespace: 'shop',
        reason: 'stale',
        millis: 5,
        error: { name: 'TypeError', code: 'ECONNREFUSED' },
        msg: 'load failed',
      },
      {
        event: 'store-error',
        namespace: 'shop',
        operation: 'get',
        error: { name: 'StoreError', code: 'LARDER_STORE_FULL', message: 'The map store is full.' },
        msg: 'store call failed',
      },
    ]);
  });

  it("tells a loader's message only if asked to", () => {
    start({ errorMessages: true });
    reporting.tell({ ...everyEvent['load-error'], error: new Error('the database is asleep') });
    expect(lines[0]?.error).toEqual({ name: 'Error', message: 'the database is asleep' });
  });

  describe('keys', () => {
    const keysIn = () =>
      lines.map(({ key, keys, keyCount, tags, tagCount }) => ({ key, keys, keyCount, tags, tagCount }));
    const tellOfKeys = () =>
      [everyEvent.refresh, everyEvent['write-dropped'], everyEvent['invalidate-tags']].forEach(reporting.tell);

    it('are counted, not shown', () => {
      start();
      tellOfKeys();
      expect(keysIn()).toEqual([{}, { keyCount: 2 }, { tagCount: 1 }]);
    });

    it('are shown with keys: true, and tags like them', () => {
      start({ keys: true });
      tellOfKeys();
      expect(keysIn()).toEqual([
        { key: secretKey },
        { keyCount: 2, keys: [secretKey, `${secretKey}-too`] },
        { tagCount: 1, tags: ['user:hunter2'] },
      ]);
    });

    it('are shown as a function shortens them', () => {
      start({ keys: (key) => key.slice(0, 4) });
      tellOfKeys();
      expect(keysIn()).toEqual([
        { key: 'card' },
        { keyCount: 2, keys: ['card', 'card'] },
        { tagCount: 1, tags: ['user'] },
      ]);
    });

    it('are at most ten in a line', () => {
      start({ keys: true });
      reporting.tell({ ...everyEvent['write-dropped'], keys: Array.from({ length: 1_000 }, (_, at) => `k${at}`) });
      expect(lines[0]?.keyCount).toBe(1_000);
      expect(lines[0]?.keys).toHaveLength(10);
    });
  });

  describe('failures', () => {
    const failTimes = (times: number, event: CacheEventOf<'store-error' | 'load-error'>) => {
      for (let time = 0; time < times; time++) reporting.tell(event);
    };

    it('are logged once a second for each operation, with the number of those kept back', () => {
      start();
      failTimes(500, everyEvent['store-error']);
      failTimes(3, { ...everyEvent['store-error'], operation: 'set' });
      clock.advance(999);
      failTimes(1, everyEvent['store-error']);
      clock.advance(1);
      failTimes(1, everyEvent['store-error']);
      clock.advance(1_000);
      failTimes(1, everyEvent['store-error']);
      expect(lines.map(({ operation, suppressed }) => [operation, suppressed])).toEqual([
        ['get', undefined],
        ['set', undefined],
        ['get', 500],
        ['get', undefined],
      ]);
    });

    it('of loaders are logged once a second for each namespace', () => {
      start();
      failTimes(10, everyEvent['load-error']);
      failTimes(10, { ...everyEvent['load-error'], namespace: 'blog' });
      expect(lines.map(({ namespace }) => namespace)).toEqual(['shop', 'blog']);
    });

    it('are not kept back for ever by a clock that was set back', () => {
      let now = 10_000;
      start({ clock: { now: () => now } });
      failTimes(1, everyEvent['store-error']);
      now = 0;
      failTimes(1, everyEvent['store-error']);
      expect(lines).toHaveLength(2);
    });
  });

  it('stops when told to, and leaves nobody listening', () => {
    const stop = start({ levels: { hit: 'debug' } });
    stop();
    stop();
    tellEverything();
    expect(lines).toEqual([]);
    expect(reporting.listened()).toEqual([]);
  });

  it('harms nobody when the logger throws', async () => {
    const throwing = () => {
      throw new Error('the log is full');
    };
    const cache = createCache({ clock });
    reportToLogger(
      cache,
      { debug: throwing, info: throwing, warn: throwing, error: throwing },
      { levels: { hit: 'info', set: 'info' } },
    );
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    await expect(cache.getOrSet('other', () => Promise.reject(new StoreError('x', 'y')))).rejects.toThrow('y');
    await cache.close();
  });

  it('takes console too', () => {
    expect(typeof reportToLogger(reporting.cache, console)).toBe('function');
  });

  it('refuses what it cannot use', () => {
    expect(() => reportToLogger(reporting.cache, {} as never)).toThrow(InvalidOptionError);
    expect(() => start({ key: true } as never)).toThrow(/no option 'key'/);
    expect(() => start({ levels: { hits: 'debug' } as never })).toThrow(/no option 'hits'/);
    expect(() => start({ levels: { hit: 'loud' as never } })).toThrow(/levels\['hit'\] is loud/);
    expect(reporting.listened()).toEqual([]);
  });
});
