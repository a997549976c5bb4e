import { type Meter, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { InvalidOptionError } from '../../src/errors.js';
import { type OpenTelemetryOptions, reportToOpenTelemetry } from '../../src/observability/opentelemetry.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { everyEvent, leakyErrors, reportingCache } from './every-event.js';

describe('reportToOpenTelemetry, with its SDK', () => {
  let clock: FakeClock;
  let cache: Cache;
  let meters: MeterProvider;
  let tracers: BasicTracerProvider;
  let metricExporter: InMemoryMetricExporter;
  let spanExporter: InMemorySpanExporter;
  let meter: Meter;
  let tracer: Tracer;

  beforeEach(() => {
    clock = fakeClock();
    cache = createCache({ clock, ttl: '10m' });
    metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
    meters = new MeterProvider({ readers: [reader] });
    spanExporter = new InMemorySpanExporter();
    tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
    meter = meters.getMeter('larder-test');
    tracer = tracers.getTracer('larder-test');
  });
  afterEach(async () => {
    await Promise.all([cache.close(), meters.shutdown(), tracers.shutdown()]);
  });

  const start = (options: Partial<OpenTelemetryOptions> = {}) =>
    reportToOpenTelemetry(cache, { meter, clock, ...options });

  /** The data points of one metric, by a collection that is made now. */
  async function collected(name: string) {
    metricExporter.reset();
    await meters.forceFlush();
    const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((s) => s.metrics));
    return metrics.filter(({ descriptor }) => descriptor.name === name).flatMap(({ dataPoints }) => [...dataPoints]);
  }
  const values = async (name: string) => (await collected(name)).map(({ value, attributes }) => [value, attributes]);
  const ofCache = { 'larder.cache': 'default' };

  it('reads what the cache counted, also before it was reported', async () => {
    await cache.set('k', 1);
    await cache.get('k');
    start();
    await cache.get('k');
    await cache.get('nothing');
    expect(await values('larder.hits')).toEqual([[2, ofCache]]);
    expect(await values('larder.misses')).toEqual([[1, ofCache]]);
    expect(await values('larder.memory.entries')).toEqual([[1, ofCache]]);
    expect(await values('larder.evictions')).toContainEqual([0, { ...ofCache, 'larder.eviction.reason': 'bytes' }]);
  });

  it('listens to nothing that happens on a hit, a miss or a write', () => {
    const reporting = reportingCache();
    reportToOpenTelemetry(reporting.cache, { meter });
    for (const type of ['hit', 'miss', 'set', 'delete', 'evict']) expect(reporting.listened()).not.toContain(type);
  });

  it('records what loads took, in seconds, by namespace and reason', async () => {
    start();
    await cache.namespace('user').getOrSet('anna', () => clock.advance(250));
    await cache.namespace('user').getOrSet('bert', () => {
      clock.advance(750);
      return 1;
    });
    const [point] = (await collected('larder.load.duration')) as HistogramMetricData['dataPoints'];
    expect(point?.attributes).toEqual({ ...ofCache, 'larder.namespace': 'user', 'larder.load.reason': 'miss' });
    expect([point?.value.sum, point?.value.count, point?.value.min]).toEqual([1, 2, 0.25]);
  });

  it('shows a circuit breaker as a number that rises with the trouble', async () => {
    const reporting = reportingCache();
    reportToOpenTelemetry(reporting.cache, { meter });
    expect(await values('larder.circuit.state')).toEqual([]);
    reporting.tell(everyEvent.circuit);
    expect(await values('larder.circuit.state')).toEqual([[2, { ...ofCache, 'larder.store': 'map' }]]);
  });

  it('counts by the type of key, and knows the lives that entries are given', async () => {
    start({ keyType: (key) => key.split(':')[0] ?? '' });
    await cache.set('user:1', 1, { ttl: '1m' });
    await cache.get('user:1');
    await cache.get('session:1');
    const ofType = (type: string) => ({ ...ofCache, 'larder.key_type': type });
    expect(await values('larder.key_type.hits')).toEqual([[1, ofType('user')]]);
    expect(await values('larder.key_type.misses')).toEqual([[1, ofType('session')]]);
    const [life] = (await collected('larder.key_type.ttl')) as HistogramMetricData['dataPoints'];
    expect([life?.value.sum, life?.attributes]).toEqual([60, ofType('user')]);
  });

  it('tells caches on one meter apart by name', async () => {
    const other = createCache({ clock });
    const stop = start({ name: 'one' });
    reportToOpenTelemetry(other, { meter, name: 'two' });
    await other.get('nothing');
    await other.close();
    expect(await values('larder.misses')).toEqual([
      [0, { 'larder.cache': 'one' }],
      [1, { 'larder.cache': 'two' }],
    ]);
    expect(() => start({ name: 'one' })).toThrow(/reported under the name 'one' already/);
    stop();
    expect(() => start({ name: 'one' })).not.toThrow();
  });

  describe('with a tracer, makes a span of each load', () => {
    it('that begins where the load began and ends where it ended', async () => {
      start({ tracer, keyType: () => 'user' });
      const begin = clock.now();
      await cache.namespace('shop').getOrSet('anna', () => {
        clock.advance(1_234);
        return 'x';
      });
      const [span, ...others] = spanExporter.getFinishedSpans();
      expect(others).toEqual([]);
      expect(span?.name).toBe('larder.load');
      expect(span?.startTime).toEqual([begin / 1_000, 0]);
      expect(span?.endTime).toEqual([Math.floor((begin + 1_234) / 1_000), 234_000_000]);
      expect(span?.status.code).toBe(SpanStatusCode.UNSET);
      expect(span?.attributes).toEqual({
        'larder.cache': 'default',
        'larder.namespace': 'shop',
        'larder.load.reason': 'miss',
        'larder.key_type': 'user',
      });
    });

    it('that says of a failure what kind of error it was, and nothing of its message', async () => {
      start({ tracer });
      await expect(cache.getOrSet('k', () => Promise.reject(new TypeError('no card')))).rejects.toThrow('no card');
      const [span] = spanExporter.getFinishedSpans();
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(span?.attributes['error.type']).toBe('TypeError');
      expect(span?.events).toEqual([]);
    });

    it.each(leakyErrors)('that survives any error: %#', (error) => {
      const reporting = reportingCache();
      reportToOpenTelemetry(reporting.cache, { meter, tracer });
      reporting.tell({ ...everyEvent['load-error'], error });
      expect(spanExporter.getFinishedSpans()).toHaveLength(1);
    });
  });

  it('leaves nothing to read and nobody listening when it stops', async () => {
    const reporting = reportingCache();
    const stop = reportToOpenTelemetry(reporting.cache, { meter, tracer, keyType: () => 'user' });
    expect(reporting.listened()).toContain('hit');
    stop();
    stop();
    expect(reporting.listened()).toEqual([]);
    expect(await values('larder.hits')).toEqual([]);
    expect(await values('larder.memory.entries')).toEqual([]);
  });

  it('refuses what it cannot use', () => {
    expect(() => reportToOpenTelemetry(cache, {} as never)).toThrow(InvalidOptionError);
    expect(() => start({ tracer: {} as never })).toThrow(/tracer is no tracer/);
    expect(() => start({ tracers: tracer } as never)).toThrow(/no option 'tracers'/);
  });
});
