import type { Clock } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { refuseUnknownOptions } from '../options/known-options.js';
import { boundedKeyTypes, type KeyType } from './bounded-labels.js';
import { requireFunctionIfGiven, requireMethods } from './check-options.js';
import { claimName } from './claimed-names.js';
import { listen, type ReportedCache } from './listen.js';
import { addSource, type PrometheusRegister } from './prometheus-metric.js';
import { reportOfCache, reportOfKeyTypes } from './prometheus-reports.js';

export type { KeyType } from './bounded-labels.js';
export type { ReportedCache } from './listen.js';
export type { PrometheusMetric, PrometheusRegister } from './prometheus-metric.js';

export interface PrometheusOptions {
  /** prom-client's `register`, or a `Registry` of your own. */
  readonly register: PrometheusRegister;
  /** What the names of the metrics begin with. Default `'larder'`. */
  readonly prefix?: string;
  /** The label `cache`, which tells several caches of a process apart. Default `'default'`. */
  readonly name?: string;
  /**
   * Adds counts by the type of key, at most a hundred. They are counted from events: every hit then calls this function
   * and takes the longer way.
   */
  readonly keyType?: KeyType;
  /** Where time comes from; for tests. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'now'>;
}

const optionNames = ['register', 'prefix', 'name', 'keyType', 'clock'];

/**
 * Reports a cache and all its namespaces to a register of prom-client. The figures are read when they are scraped, and
 * cost nothing before.
 *
 * @returns a function that stops it, and takes the metrics off the register
 * @throws InvalidOptionError if an option is unknown or has a value that cannot be used, or the name is taken
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * const stop = reportToPrometheus(cache, { register, keyType: (key) => key.split(':')[0] ?? '' });
 * ```
 */
export function reportToPrometheus(cache: ReportedCache, options: PrometheusOptions): () => void {
  const { register, keyType, naming, clock } = resolve(options);
  const parts = [reportOfCache(cache, naming)];
  if (keyType !== undefined) parts.push(reportOfKeyTypes(boundedKeyTypes(keyType), naming, clock));

  const stops = [claimName(register, naming.cacheName, naming.prefix)];
  const stop = () => {
    for (const undo of stops.splice(0)) undo();
  };
  try {
    for (const { description, read } of parts.flatMap(({ sources }) => sources)) {
      stops.push(addSource(register, description, read));
    }
  } catch (error) {
    stop();
    throw error;
  }
  stops.push(listen(cache, ...parts.flatMap(({ listeners }) => listeners)));
  return stop;
}

function resolve(options: PrometheusOptions) {
  refuseUnknownOptions('reportToPrometheus()', options, optionNames);
  const { register, prefix = 'larder', name = 'default', keyType, clock = Date } = options;
  const methods = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'];
  requireMethods(
    register,
    methods,
    'reportToPrometheus() takes a register of prom-client: { register: new Registry() }.',
  );
  requireFunctionIfGiven('keyType', keyType, "write (key) => key.split(':')[0] ?? ''");
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix)) {
    throw new InvalidOptionError(`prefix is '${prefix}': write letters, digits and underscores, such as 'larder'.`);
  }
  return { register, keyType, clock, naming: { prefix, cacheName: name } };
}
