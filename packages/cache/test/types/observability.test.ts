import type { Meter, Tracer } from '@opentelemetry/api';
import type { Logger as PinoLogger } from 'pino';
import type { AggregatorRegistry, OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client';
import { describe, expectTypeOf, it } from 'vitest';
import type { Cache } from '../../src/index.js';
import type { Logger } from '../../src/observability/logger.js';
import type { MeterShape, ReportedCache, TracerShape } from '../../src/observability/opentelemetry.js';
import type { PrometheusRegister } from '../../src/observability/prometheus.js';

// Checked by the compiler (`npm run typecheck`): the reporters know these packages by shape alone.
describe('what a reporter takes', () => {
  it('is any cache', () => {
    expectTypeOf<Cache<{ id: number }>>().toExtend<ReportedCache>();
  });

  it("is pino's logger, and console", () => {
    expectTypeOf<PinoLogger>().toExtend<Logger>();
    expectTypeOf<Console>().toExtend<Logger>();
  });

  it("is prom-client's register, of either format", () => {
    expectTypeOf<Registry>().toExtend<PrometheusRegister>();
    expectTypeOf<Registry<OpenMetricsContentType>>().toExtend<PrometheusRegister>();
    expectTypeOf<AggregatorRegistry<PrometheusContentType>>().toExtend<PrometheusRegister>();
  });

  it("is OpenTelemetry's meter and tracer", () => {
    expectTypeOf<Meter>().toExtend<MeterShape>();
    expectTypeOf<Tracer>().toExtend<TracerShape>();
  });
});
