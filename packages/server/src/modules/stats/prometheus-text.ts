export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** What is added to the name of the metric, such as `_bucket`. */
  readonly suffix?: string;
}

/** One metric in the text format of Prometheus, 0.0.4. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const prometheusMediaType = 'text/plain';
export const prometheusText = `${prometheusMediaType}; version=0.0.4; charset=utf-8`;

export function textOfMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value, suffix = '' }) => `${name}${suffix}${labelText(labels)} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

export function counter(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples: listed(samples) };
}

export function gauge(name: string, help: string, samples: number | readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples: listed(samples) };
}

function listed(samples: number | readonly Sample[]): readonly Sample[] {
  return typeof samples === 'number' ? [{ value: samples }] : samples;
}

function labelText(labels: Sample['labels']): string {
  if (labels === undefined) return '';
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
