import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { version } from '../../version.js';
import { counter, gauge, type Metric } from './prometheus-text.js';

/** Figures of this process, under the names that Prometheus has for them. */
export interface ProcessFigures {
  metrics(): readonly Metric[];
  stop(): void;
}

const samplingInterval = 20;
const quantiles = [0.5, 0.99];

export function startProcessFigures(): ProcessFigures {
  const delay = monitorEventLoopDelay({ resolution: samplingInterval });
  delay.enable();
  return { metrics: () => processMetrics(delay), stop: () => void delay.disable() };
}

function processMetrics(delay: IntervalHistogram): readonly Metric[] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const metrics = [
    gauge('larder_build_info', 'Which version this is.', [{ labels: { version, node: process.version }, value: 1 }]),
    gauge('larder_uptime_seconds', 'Since the process started.', process.uptime()),
    gauge('process_start_time_seconds', 'When the process started.', performance.timeOrigin / 1_000),
    counter('process_cpu_seconds_total', 'Processor time, of all threads.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory of the process.', rss),
    gauge('nodejs_heap_size_used_bytes', 'Of the JavaScript heap, what is used.', heapUsed),
    gauge('nodejs_heap_size_total_bytes', 'The JavaScript heap.', heapTotal),
    gauge('nodejs_external_memory_bytes', 'Buffers, and other memory outside of the heap.', external),
    counter('larder_event_loop_busy_seconds_total', 'For how long the event loop was busy.', busySeconds()),
    gauge(
      'larder_event_loop_delay_seconds',
      'How late timers ran since the last time this was read.',
      quantiles.map((quantile) => ({
        labels: { quantile: String(quantile) },
        value: lateness(delay.percentile(quantile * 100)),
      })),
    ),
    gauge('larder_event_loop_delay_max_seconds', 'The longest of them.', lateness(delay.max)),
  ];
  delay.reset();
  return metrics;
}

function busySeconds(): number {
  return performance.eventLoopUtilization().active / 1_000;
}

/** The histogram holds, in nanoseconds, how far apart its samples were. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - samplingInterval) / 1_000;
}
