import { version } from '../../version.js';
import type { OpenTelemetryShape, TracerShape } from './opentelemetry-shape.js';

/** Where spans go. */
export interface Tracing {
  readonly api: OpenTelemetryShape;
  readonly tracer: TracerShape;
}

const scope = '@larder/server';
/** Not written where it is imported: the compiler need not find an optional package. */
const packageName = '@opentelemetry/api';

/**
 * Looks for an OpenTelemetry SDK that was registered before the service started, as by `node --import`. `undefined`
 * where there is none: requests are then not looked at for spans at all.
 */
export async function openTracing(
  load: () => Promise<OpenTelemetryShape> = () => import(packageName),
): Promise<Tracing | undefined> {
  const api = await load().catch(ignoreMissing);
  const provider = api?.trace.getTracerProvider();
  if (api === undefined || provider === undefined) return undefined;
  const isStandIn = provider.getDelegateTracer !== undefined;
  const tracer = isStandIn ? provider.getDelegateTracer?.(scope, version) : provider.getTracer(scope, version);
  return tracer === undefined ? undefined : { api, tracer };
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
}
