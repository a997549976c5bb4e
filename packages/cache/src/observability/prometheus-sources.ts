import { type CircuitStates, circuitHelp } from './circuit-states.js';
import type { EventCounts } from './event-counts.js';
import { figures, readFigure } from './figures.js';
import type { Histogram } from './histogram.js';
import type { ReportedCache } from './listen.js';
import type { MetricDescription, ReadSamples, Sample } from './prometheus-metric.js';

export interface Source {
  readonly description: MetricDescription;
  readonly read: ReadSamples;
}

/** How names are written, and the label that every sample has. */
export interface Naming {
  readonly prefix: string;
  readonly cacheName: string;
}

export function figureSources(cache: ReportedCache, naming: Naming): Source[] {
  return figures.map((figure) => ({
    description: { ...described(naming, figure.name, figure.help, figure.kind) },
    read: () =>
      readFigure(figure, cache).map(({ value, reason }) => ({
        value,
        labels: { cache: naming.cacheName, ...(reason === undefined ? {} : { reason }) },
      })),
  }));
}

export function countSources(counts: EventCounts, naming: Naming): Source[] {
  return counts.figures.map((figure) => ({
    description: described(naming, figure.name, figure.help, 'counter'),
    read: () =>
      Array.from(counts.read(figure), ([label, value]) => ({
        value,
        labels: { cache: naming.cacheName, [counts.labelName]: label },
      })),
  }));
}

export function circuitSource(circuits: CircuitStates, naming: Naming): Source {
  return {
    description: { ...described(naming, 'circuit_state', circuitHelp, 'gauge'), aggregator: 'max' },
    read: () =>
      Array.from(circuits.read(), ([store, value]) => ({ value, labels: { cache: naming.cacheName, store } })),
  };
}

export function histogramSource(
  histogram: Histogram,
  { name, help, labelName }: { name: string; help: string; labelName: string },
  naming: Naming,
): Source {
  const description = described(naming, name, help, 'histogram');
  return {
    description,
    *read() {
      for (const [label, { cumulative, sum }] of histogram.read()) {
        const labels = { cache: naming.cacheName, [labelName]: label };
        for (const [place, value] of cumulative.entries())
          yield part(description.name, 'bucket', value, { ...labels, le: histogram.bounds[place] ?? '+Inf' });
        yield part(description.name, 'sum', sum, labels);
        yield part(description.name, 'count', cumulative.at(-1) ?? 0, labels);
      }
    },
  };
}

function part(metric: string, suffix: string, value: number, labels: Sample['labels']): Sample {
  return { metricName: `${metric}_${suffix}`, value, labels };
}

function described({ prefix }: Naming, name: string, help: string, type: MetricDescription['type']): MetricDescription {
  const ending = type === 'counter' ? '_total' : '';
  return { name: `${prefix}_${name.replaceAll('.', '_')}${ending}`, help, type };
}
