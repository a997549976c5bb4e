/** What prom-client asks of a metric when it is scraped. */
export interface PrometheusMetric {
  get(): Promise<unknown>;
  reset(): void;
}

/** The part of prom-client's `Registry` that is used. */
export interface PrometheusRegister {
  registerMetric(metric: PrometheusMetric): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One line of a scrape. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** For the parts of a histogram. */
  readonly metricName?: string;
}

export type ReadSamples = () => Iterable<Sample>;

export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** How the workers of a Node.js cluster are put together. Default: summed. */
  readonly aggregator?: 'sum' | 'max';
}

/** A metric that is read when it is scraped, from every cache that is reported to this register. */
export class ScrapedMetric implements PrometheusMetric {
  /** prom-client takes `_total` off the name where it writes OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: 'sum' | 'max';
  readonly sources = new Set<ReadSamples>();

  constructor({ name, help, type, aggregator = 'sum' }: MetricDescription) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.aggregator = aggregator;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: [...this.sources].flatMap((read) => [...read()]) };
  }

  /** The figures are the cache's own, and are not prom-client's to reset. */
  reset(): void {}
}

/** Adds a source to the metric of that name, which is made if it is not there; the answer takes both away again. */
export function addSource(register: PrometheusRegister, description: MetricDescription, read: ReadSamples): () => void {
  const { name } = description;
  const present = register.getSingleMetric(name);
  const metric = present instanceof ScrapedMetric ? present : new ScrapedMetric(description);
  // Throws where the name belongs to a metric of somebody else.
  if (metric !== present) register.registerMetric(metric);
  metric.sources.add(read);
  return () => {
    metric.sources.delete(read);
    if (metric.sources.size === 0 && register.getSingleMetric(name) === metric) register.removeSingleMetric(name);
  };
}
