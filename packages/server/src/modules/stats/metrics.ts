import type { FastifyInstance } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import type { Tenant, TenantCounters } from '../tenants/tenant.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';
import { sumOfMetrics } from './sum-of-metrics.js';

const prometheusText = 'text/plain; version=0.0.4; charset=utf-8';

const tenantMetrics: readonly {
  readonly name: string;
  readonly help: string;
  readonly counter: keyof TenantCounters;
}[] = [
  { name: 'larder_hits_total', help: 'Reads that found an entry.', counter: 'hits' },
  { name: 'larder_misses_total', help: 'Reads that found none.', counter: 'misses' },
  { name: 'larder_writes_total', help: 'Entries written, and counters incremented.', counter: 'writes' },
  { name: 'larder_deletes_total', help: 'Entries deleted.', counter: 'deletes' },
];

/** A counter of another module. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

export const getMetrics: Operation = {
  id: 'getMetrics',
  method: 'GET',
  route: 'metrics',
  summary: 'What the processes of this service did since they started, as Prometheus reads it',
  scope: undefined,
  answers: { 200: { description: 'The metrics' } },
};

/** What processes report to each other under this name. */
export const metricsSubject = 'metrics';

interface MetricsParts {
  readonly tenants: Pick<TenantDirectory, 'known'>;
  readonly metering: { metrics(): readonly Metric[] };
}

/** `/metrics`: sums over all tenants and workers; no label names a tenant or a key. Needs no API key. */
export function metricsRoutes(app: FastifyInstance, service: Service, { tenants, metering }: MetricsParts): void {
  const { answers, reports } = service;
  reports.offer(metricsSubject, () => metricsText(service, [...tenants.known()], metering.metrics()));

  serve(app, getMetrics, async (_request, reply) => {
    const text = sumOfMetrics(await reports.ofAll(metricsSubject));
    answers.send(reply, 200, ['Content-Type', prometheusText], text);
  });
}

function metricsText({ answerCounters }: Service, tenants: readonly Tenant[], others: readonly Metric[]): string {
  const lines: string[] = [];
  for (const { name, help, counter } of tenantMetrics) {
    const sum = tenants.reduce((total, { counters }) => total + counters[counter], 0);
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${sum}`);
  }
  lines.push('# HELP larder_answers_total HTTP answers.', '# TYPE larder_answers_total counter');
  for (const { route, status, count } of answerCounters.entries()) {
    lines.push(`larder_answers_total{route="${route}",status="${status}"} ${count}`);
  }
  for (const { name, help, samples } of others) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
    for (const { labels, value } of samples) lines.push(`${name}${labels} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}
