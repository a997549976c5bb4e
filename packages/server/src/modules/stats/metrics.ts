import type { FastifyInstance } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import type { Tenant, TenantCounters } from '../tenants/tenant.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';

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

export const getMetrics: Operation = {
  id: 'getMetrics',
  method: 'GET',
  route: 'metrics',
  summary: 'What this process did since it started, as Prometheus reads it',
  scope: undefined,
  answers: { 200: { description: 'The metrics' } },
};

/** `/metrics`: sums over all tenants; no label names a tenant or a key. Needs no API key. */
export function metricsRoutes(app: FastifyInstance, service: Service, tenants: Pick<TenantDirectory, 'known'>): void {
  serve(app, getMetrics, (_request, reply) => {
    service.answers.send(reply, 200, ['Content-Type', prometheusText], metricsText(service, [...tenants.known()]));
  });
}

function metricsText({ answerCounters }: Service, tenants: readonly Tenant[]): string {
  const lines: string[] = [];
  for (const { name, help, counter } of tenantMetrics) {
    const sum = tenants.reduce((total, { counters }) => total + counters[counter], 0);
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${sum}`);
  }
  lines.push('# HELP larder_answers_total HTTP answers.', '# TYPE larder_answers_total counter');
  for (const { route, status, count } of answerCounters.entries()) {
    lines.push(`larder_answers_total{route="${route}",status="${status}"} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
