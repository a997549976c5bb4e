import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { CacheEventType } from '../../src/contracts/events.js';
import type { ReportedCache } from '../../src/observability/listen.js';
import { type LogLevel, reportToLogger } from '../../src/observability/logger.js';
import { reportToOpenTelemetry } from '../../src/observability/opentelemetry.js';
import { reportToPrometheus } from '../../src/observability/prometheus.js';
import { chaosStore, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';
import { everyEvent, leakyErrors, reportingCache, secretKey, secretValue, secretWord } from './every-event.js';

/** Reports everything there is, as loud as can be; the answer gathers all that came out of it. */
function reportEverything(cache: ReportedCache): () => Promise<string> {
  let log = '';
  const levels = Object.fromEntries(Object.keys(everyEvent).map((type) => [type, 'error']));
  const logger = pino({}, { write: (text: string) => (log += text) });
  reportToLogger(cache, logger, { levels: levels as Record<CacheEventType, LogLevel>, clock: fastClock() });

  const register = new Registry();
  const keyType = (key: string) => key.split(':')[0] ?? '';
  reportToPrometheus(cache, { register, keyType });

  const metricExporter = new InMemoryMetricExporter(1);
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })] });
  const spanExporter = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  reportToOpenTelemetry(cache, { meter: meters.getMeter('test'), tracer: tracers.getTracer('test'), keyType });

  return async () => {
    await meters.forceFlush();
    const metrics = JSON.stringify(metricExporter.getMetrics());
    const spans = spanExporter.getFinishedSpans().map(({ name, attributes, status, events }) => {
      return { name, attributes, status, events };
    });
    await meters.shutdown();
    return [log, await register.metrics(), metrics, JSON.stringify(spans)].join('\n');
  };
}

/** A second goes by at every look, so that no failure is kept back. */
function fastClock() {
  let now = 0;
  return { now: () => (now += 1_000) };
}

describe('no reporter ever tells a key or a value', () => {
  it('of any event there is', async () => {
    const reporting = reportingCache();
    const output = reportEverything(reporting.cache);
    for (const event of Object.values(everyEvent)) reporting.tell(event);
    for (const error of leakyErrors) reporting.tell({ ...everyEvent['load-error'], error });
    const text = await output();
    for (const type of Object.keys(everyEvent)) expect(text).toContain(`"event":"${type}"`);
    expect(text).toContain('larder_key_type_hits_total{cache="default",key_type="card"} 1');
    expect(text).toContain('"error.type":"LARDER_LOADER_TIMEOUT"');
    expect(text).not.toContain(secretWord);
  });

  it('of a cache that is used, on a store that fails', async () => {
    const clock = fakeClock();
    const store = chaosStore(memoryMapStore(), { random: seededRandom(7), clock });
    const cache = createCache({ clock, store, ttl: '1s', staleIfError: '1h', memory: { maxEntries: 2 } });
    const output = reportEverything(cache);
    const failing = () => Promise.reject(new Error(`no ${secretKey}`, { cause: secretValue }));

    await cache.set(secretKey, secretValue, { tags: [secretKey], indexes: { card: secretKey } });
    await cache.get(secretKey);
    await cache.getOrSet(`${secretWord}@example.org`, () => secretValue);
    await cache.getOrSet(`${secretKey}-3`, failing).catch(() => {});
    for (let at = 0; at < 10; at++) await cache.set(`${secretKey}-${at}`, secretValue);
    clock.advance(2_000);
    await cache.getOrSet(secretKey, failing).catch(() => {});
    await cache.delete(`${secretKey}-1`);
    store.become({ errorRate: 1 });
    for (let at = 0; at < 20; at++) await cache.set(`${secretKey}-${at}`, secretValue);
    await cache.get(`${secretKey}-none`);

    const text = await output();
    await cache.close();
    for (const type of ['hit', 'miss', 'set', 'load', 'load-error', 'store-error', 'write-dropped', 'circuit', 'evict'])
      expect(text).toContain(`"event":"${type}"`);
    expect(text).not.toContain(secretWord);
  });
});
