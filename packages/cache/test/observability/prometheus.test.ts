import { AggregatorRegistry, Counter, type OpenMetricsContentType, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { InvalidOptionError } from '../../src/errors.js';
import { type PrometheusOptions, reportToPrometheus } from '../../src/observability/prometheus.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { everyEvent, reportingCache } from './every-event.js';

describe('reportToPrometheus, with prom-client', () => {
  let clock: FakeClock;
  let cache: Cache;
  let register: Registry;
  beforeEach(() => {
    clock = fakeClock();
    cache = createCache({ clock, ttl: '10m', memory: { maxEntries: 100 } });
    register = new Registry();
  });
  afterEach(() => cache.close());

  const start = (options: Partial<PrometheusOptions> = {}) =>
    reportToPrometheus(cache, { register, clock, ...options });
  /** The samples of a scrape whose names begin so. */
  const scraped = async (beginning: string): Promise<string[]> =>
    (await register.metrics()).split('\n').filter((line) => line.startsWith(beginning));

  it('reads what the cache counted, also before it was reported', async () => {
    await cache.set('k', 1);
    await cache.get('k');
    start();
    await cache.get('k');
    await cache.get('nothing');
    await cache.delete('k');
    expect(await scraped('larder_hits')).toEqual(['larder_hits_total{cache="default"} 2']);
    expect(await scraped('larder_misses')).toEqual(['larder_misses_total{cache="default"} 1']);
    expect(await scraped('larder_sets')).toEqual(['larder_sets_total{cache="default"} 1']);
    expect(await scraped('larder_deletes')).toEqual(['larder_deletes_total{cache="default"} 1']);
  });

  it('says what memory holds, what it may hold, and why entries left it', async () => {
    start();
    await cache.set('k', 1);
    cache.memory?.resize({ maxEntries: 0 });
    cache.memory?.resize({ maxEntries: 10 });
    await cache.set('l', 1);
    expect(await scraped('larder_memory_entries')).toEqual(['larder_memory_entries{cache="default"} 1']);
    expect(await scraped('larder_memory_max_entries')).toEqual(['larder_memory_max_entries{cache="default"} 10']);
    expect((await scraped('larder_memory_bytes'))[0]).toMatch(/larder_memory_bytes\{cache="default"\} [1-9]/);
    expect(await scraped('larder_evictions')).toContain('larder_evictions_total{cache="default",reason="entries"} 1');
  });

  it('tells each metric by help and type', async () => {
    start();
    const text = await register.metrics();
    expect(text).toContain('# HELP larder_misses_total Reads that the cache could not answer.\n');
    expect(text).toContain('# TYPE larder_misses_total counter\n');
    expect(text).toContain('# TYPE larder_memory_bytes gauge\n');
    expect(text).toContain('# TYPE larder_load_duration_seconds histogram\n');
  });

  it('listens to nothing that happens on a hit, a miss or a write', () => {
    const reporting = reportingCache();
    reportToPrometheus(reporting.cache, { register });
    expect(reporting.listened().sort()).toEqual(
      ['circuit', 'clear', 'invalidate-tags', 'load', 'load-overtaken', 'undecodable'].sort(),
    );
  });

  it('spreads loads over buckets by what they took, by namespace', async () => {
    start();
    const users = cache.namespace('user');
    for (const [at, millis] of [5, 20, 70_000].entries()) {
      await users.getOrSet(`k${at}`, () => {
        clock.advance(millis);
        return at;
      });
    }
    const bucket = (bound: string) =>
      `larder_load_duration_seconds_bucket{cache="default",namespace="user",le="${bound}"}`;
    const lines = await scraped('larder_load_duration_seconds');
    expect(lines).toEqual(
      expect.arrayContaining([
        `${bucket('0.001')} 0`,
        `${bucket('0.005')} 1`,
        `${bucket('0.025')} 2`,
        `${bucket('10')} 2`,
        `${bucket('+Inf')} 3`,
        'larder_load_duration_seconds_sum{cache="default",namespace="user"} 70.025',
        'larder_load_duration_seconds_count{cache="default",namespace="user"} 3',
      ]),
    );
  });

  it('shows a circuit breaker as a number that rises with the trouble', async () => {
    const reporting = reportingCache();
    reportToPrometheus(reporting.cache, { register });
    expect(await scraped('larder_circuit_state')).toEqual([]);
    for (const [state, value] of [
      ['open', 2],
      ['half-open', 1],
      ['closed', 0],
    ] as const) {
      reporting.tell({ ...everyEvent.circuit, state });
      expect(await scraped('larder_circuit_state')).toEqual([
        `larder_circuit_state{cache="default",store="map"} ${value}`,
      ]);
    }
  });

  it('counts invalidations and clears by namespace', async () => {
    start();
    await cache.namespace('user').clear();
    expect(await scraped('larder_clears')).toEqual(['larder_clears_total{cache="default",namespace="user"} 1']);
  });

  describe('with keyType', () => {
    const keyType = (key: string) => key.split(':')[0] ?? '';

    it('counts hits, misses, loads, writes, deletes and evictions by the type of key', async () => {
      start({ keyType });
      await cache.set('user:1', 1);
      await cache.get('user:1');
      await cache.get('user:1');
      await cache.get('session:1');
      await cache.getOrSet('session:2', () => 2);
      await cache.delete('user:1');
      cache.memory?.resize({ maxEntries: 0 });
      const label = (type: string) => `{cache="default",key_type="${type}"}`;
      expect(await scraped('larder_key_type_hits')).toEqual([`larder_key_type_hits_total${label('user')} 2`]);
      expect(await scraped('larder_key_type_misses')).toEqual([`larder_key_type_misses_total${label('session')} 2`]);
      expect(await scraped('larder_key_type_loads')).toEqual([`larder_key_type_loads_total${label('session')} 1`]);
      expect(await scraped('larder_key_type_sets')).toEqual([`larder_key_type_sets_total${label('user')} 1`]);
      expect(await scraped('larder_key_type_deletes')).toEqual([`larder_key_type_deletes_total${label('user')} 1`]);
      expect(await scraped('larder_key_type_evict')).toEqual([`larder_key_type_evictions_total${label('session')} 1`]);
    });

    it('knows the mean life that entries are given, by the type of key', async () => {
      start({ keyType });
      await cache.set('user:1', 1, { ttl: '1m' });
      await cache.set('user:2', 1, { ttl: '3m' });
      await cache.set('user:3', 1, { ttl: 'never' });
      const lines = await scraped('larder_key_type_ttl_seconds');
      expect(lines).toContain('larder_key_type_ttl_seconds_sum{cache="default",key_type="user"} 240');
      expect(lines).toContain('larder_key_type_ttl_seconds_count{cache="default",key_type="user"} 2');
    });

    it('knows a hundred types at most; the rest is other', async () => {
      start({ keyType });
      for (let at = 0; at < 150; at++) await cache.get(`type${at}:x`);
      const lines = await scraped('larder_key_type_misses');
      expect(lines).toHaveLength(101);
      expect(lines.at(-1)).toBe('larder_key_type_misses_total{cache="default",key_type="other"} 50');
    });

    it.each<[string, (key: string) => unknown]>([
      ['is the key itself', (key) => key],
      ['is no text', () => 42],
      ['is empty', () => ''],
      ['is longer than any type', () => 'x'.repeat(65)],
      [
        'cannot be told',
        () => {
          throw new Error('no');
        },
      ],
    ])('counts as other where the type %s', async (_, strange) => {
      start({ keyType: strange as (key: string) => string });
      await cache.get('anna@example.org');
      expect(await scraped('larder_key_type_misses')).toEqual([
        'larder_key_type_misses_total{cache="default",key_type="other"} 1',
      ]);
    });

    it('hands the namespace to keyType as well', async () => {
      start({ keyType: (_key, namespace) => namespace });
      await cache.namespace('user').get('anna');
      expect((await scraped('larder_key_type_misses'))[0]).toContain('key_type="user"');
    });
  });

  describe('several caches', () => {
    it('are told apart by name on one register', async () => {
      const other = createCache({ clock });
      const stop = start({ name: 'one' });
      reportToPrometheus(other, { register, name: 'two' });
      await other.get('nothing');
      await other.close();
      expect(await scraped('larder_misses')).toEqual([
        'larder_misses_total{cache="one"} 0',
        'larder_misses_total{cache="two"} 1',
      ]);
      stop();
      expect(await scraped('larder_misses')).toEqual(['larder_misses_total{cache="two"} 1']);
    });

    it('cannot have one name, until the first has stopped', () => {
      const stop = start();
      expect(() => start()).toThrow(/reported under the name 'default' already/);
      stop();
      expect(() => start()).not.toThrow();
    });
  });

  it('leaves nothing on the register and nobody listening when it stops', async () => {
    const reporting = reportingCache();
    const stop = reportToPrometheus(reporting.cache, { register, keyType: () => 'user' });
    expect(reporting.listened()).toContain('hit');
    stop();
    stop();
    expect(reporting.listened()).toEqual([]);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('leaves nothing behind where a metric of that name belongs to somebody else', async () => {
    const foreign = new Counter({ name: 'larder_loads_total', help: 'foreign', registers: [register] });
    expect(() => start()).toThrow(/larder_loads_total has already been registered/);
    expect(register.getMetricsAsArray()).toEqual([foreign]);
    register.clear();
    expect(() => start()).not.toThrow();
  });

  it('takes nothing away that somebody else put in its place', () => {
    const stop = start();
    register.clear();
    const foreign = new Counter({ name: 'larder_loads_total', help: 'foreign', registers: [register] });
    stop();
    expect(register.getMetricsAsArray()).toEqual([foreign]);
  });

  it('can be scraped as OpenMetrics', async () => {
    const openMetrics = new Registry<OpenMetricsContentType>();
    openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const stop = reportToPrometheus(cache, { register: openMetrics });
    for (const _ of ['first scrape', 'second scrape']) {
      const text = await openMetrics.metrics();
      expect(text).toContain('# TYPE larder_hits counter\nlarder_hits_total{cache="default"} 0\n');
    }
    stop();
    expect(openMetrics.getMetricsAsArray()).toEqual([]);
  });

  it('can be put together from the workers of a cluster', async () => {
    start();
    await cache.getOrSet('k', () => 1);
    const worker = await register.getMetricsAsJSON();
    const text = await AggregatorRegistry.aggregate([worker, structuredClone(worker)]).metrics();
    expect(text).toContain('larder_misses_total{cache="default"} 2');
    expect(text).toMatch(/larder_load_duration_seconds_bucket\{.*le="\+Inf".*\} 2/);
  });

  it('adds the default labels of the register', async () => {
    register.setDefaultLabels({ service: 'shop' });
    start({ prefix: 'my_cache' });
    expect(await scraped('my_cache_hits')).toEqual(['my_cache_hits_total{cache="default",service="shop"} 0']);
  });

  it('refuses what it cannot use', () => {
    expect(() => reportToPrometheus(cache, {} as never)).toThrow(InvalidOptionError);
    expect(() => start({ prefix: 'my-cache' })).toThrow(/prefix is 'my-cache'/);
    expect(() => start({ keyTypes: 1 } as never)).toThrow(/no option 'keyTypes'/);
    expect(() => start({ keyType: 'user' as never })).toThrow(/keyType is no function/);
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});
