import type { Clock } from '../contracts/time.js';
import { refuseUnknownOptions } from '../options/known-options.js';
import { boundedKeyTypes, boundedLabels, type KeyType } from './bounded-labels.js';
import { requireFunctionIfGiven, requireMethods } from './check-options.js';
import { CircuitStates } from './circuit-states.js';
import { claimName } from './claimed-names.js';
import { countsByKeyType, countsByNamespace } from './event-counts.js';
import { lifeBuckets, loadBuckets } from './histogram.js';
import { type Listeners, listen, type ReportedCache } from './listen.js';
import { onLife } from './lives.js';
import { loadSpans } from './load-spans.js';
import { Observables } from './opentelemetry-observables.js';
import type { MeterShape, TracerShape } from './opentelemetry-shape.js';

export type { KeyType } from './bounded-labels.js';
export type { ReportedCache } from './listen.js';
export type { MeterShape, TracerShape } from './opentelemetry-shape.js';

export interface OpenTelemetryOptions {
  /** From `metrics.getMeter('…')`. */
  readonly meter: MeterShape;
  /** From `trace.getTracer('…')`; with it, every load is a span. Default: no spans. */
  readonly tracer?: TracerShape;
  /** The attribute `larder.cache`, which tells several caches of a process apart. Default `'default'`. */
  readonly name?: string;
  /**
   * Adds counts by the type of key, at most a hundred, and the type to the spans. Counted from events: every hit then
   * calls this function and takes the longer way.
   */
  readonly keyType?: KeyType;
  /** Where time comes from; for tests. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'now'>;
}

const optionNames = ['meter', 'tracer', 'name', 'keyType', 'clock'];
const meterMethods: readonly (keyof MeterShape)[] = [
  'createObservableCounter',
  'createObservableGauge',
  'createHistogram',
  'addBatchObservableCallback',
  'removeBatchObservableCallback',
];

/**
 * Reports a cache and all its namespaces to OpenTelemetry. The figures are read when they are collected, and cost
 * nothing before.
 *
 * @returns a function that stops it
 * @throws InvalidOptionError if an option is unknown or has a value that cannot be used, or the name is taken
 * @example
 * ```ts
 * import { metrics, trace } from '@opentelemetry/api';
 *
 * const stop = reportToOpenTelemetry(cache, { meter: metrics.getMeter('shop'), tracer: trace.getTracer('shop') });
 * ```
 */
export function reportToOpenTelemetry(cache: ReportedCache, options: OpenTelemetryOptions): () => void {
  const { meter, tracer, cacheName, keyType, clock } = resolve(options);
  const stops = [claimName(meter, cacheName)];
  const observables = new Observables(meter, cacheName);
  const counts = countsByNamespace(boundedLabels());
  const circuits = new CircuitStates();
  observables.addFigures(cache);
  observables.addCounts(counts);
  observables.addCircuits(circuits);
  const listeners = [counts.listeners(), { circuit: circuits.listener }, loadDurations(meter, cacheName)];
  if (keyType !== undefined) {
    const countsOfTypes = countsByKeyType(keyType);
    observables.addCounts(countsOfTypes);
    listeners.push(countsOfTypes.listeners(), lives(meter, cacheName, keyType, clock));
  }
  if (tracer !== undefined) listeners.push(loadSpans({ tracer, clock, cacheName, keyType }));
  stops.push(observables.start(), listen(cache, ...listeners));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

function loadDurations(meter: MeterShape, cacheName: string): Listeners {
  const namespaceOf = boundedLabels();
  const durations = meter.createHistogram('larder.load.duration', {
    description: 'What the loads took that answered.',
    unit: 's',
    advice: { explicitBucketBoundaries: [...loadBuckets] },
  });
  return {
    load({ namespace, reason, millis }) {
      const labels = { 'larder.namespace': namespaceOf(namespace), 'larder.load.reason': reason };
      durations.record(millis / 1_000, { 'larder.cache': cacheName, ...labels });
    },
  };
}

function lives(meter: MeterShape, cacheName: string, typeOf: KeyType, clock: Pick<Clock, 'now'>): Listeners {
  const histogram = meter.createHistogram('larder.key_type.ttl', {
    description: 'How long entries are fresh when they are set, by type of key.',
    unit: 's',
    advice: { explicitBucketBoundaries: [...lifeBuckets] },
  });
  return onLife(clock, (seconds, { key, namespace }) => {
    histogram.record(seconds, { 'larder.cache': cacheName, 'larder.key_type': typeOf(key, namespace) });
  });
}

function resolve(options: OpenTelemetryOptions) {
  refuseUnknownOptions('reportToOpenTelemetry()', options, optionNames);
  const { meter, tracer, name: cacheName = 'default', keyType, clock = Date } = options;
  requireMethods(meter, meterMethods, "reportToOpenTelemetry() takes a meter: { meter: metrics.getMeter('shop') }.");
  if (tracer !== undefined)
    requireMethods(tracer, ['startSpan'], "tracer is no tracer: write trace.getTracer('shop').");
  requireFunctionIfGiven('keyType', keyType, "write (key) => key.split(':')[0] ?? ''");
  return { meter, tracer, cacheName, clock, keyType: keyType === undefined ? undefined : boundedKeyTypes(keyType) };
}
