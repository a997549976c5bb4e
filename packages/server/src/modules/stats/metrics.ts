import type { Cache } from '@larder/cache';
import type { FastifyInstance } from 'fastify';
import { type Operation, serve } from '../../http/operation.js';
import type { Service } from '../../service.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';
import { entryMetrics, keyTypeMetrics, tenantMetrics } from './cache-metrics.js';
import { startProcessFigures } from './process-metrics.js';
import { type Metric, prometheusMediaType, prometheusText, textOfMetrics } from './prometheus-text.js';
import { sumOfMetrics } from './sum-of-metrics.js';
import { trafficMetrics } from './traffic-metrics.js';

export const getMetrics: Operation = {
  id: 'getMetrics',
  method: 'GET',
  route: 'metrics',
  summary: 'What the processes of this service did since they started, as Prometheus reads it',
  scope: undefined,
  isOpen: true,
  answers: { 200: { description: 'The metrics', content: { [prometheusMediaType]: undefined } } },
};

/** What processes report to each other under this name. */
export const metricsSubject = 'metrics';

export interface MetricsParts {
  readonly tenants: Pick<TenantDirectory, 'known'>;
  /** The parent of every tenant's namespace. */
  readonly entries: Pick<Cache, 'stats' | 'memory'>;
  readonly metering: { metrics(): readonly Metric[] };
  /** Whether labels may name tenants. */
  readonly byTenant: boolean;
}

/** `/metrics`: of all workers together; no label ever names a key, and none a tenant unless that is asked for. Needs no API key. */
export function metricsRoutes(
  app: FastifyInstance,
  { answers, keyTypes, reports, traffic }: Service,
  parts: MetricsParts,
): void {
  const { tenants, entries, metering, byTenant } = parts;
  const figures = startProcessFigures();
  app.addHook('onClose', async () => figures.stop());

  reports.offer(metricsSubject, () =>
    textOfMetrics([
      ...tenantMetrics([...tenants.known()], byTenant),
      ...keyTypeMetrics(keyTypes),
      ...trafficMetrics(traffic),
      ...metering.metrics(),
      ...entryMetrics(entries),
      ...figures.metrics(),
    ]),
  );

  serve(app, getMetrics, async (_request, reply) => {
    const text = sumOfMetrics(await reports.ofAll(metricsSubject));
    answers.send(reply, 200, ['Content-Type', prometheusText], text);
  });
}
