/*
 * The parts of @opentelemetry/api that are used, by shape: the package is an optional peer.
 */

export type SpanAttributes = Record<string, string | number>;

export interface SpanContextShape {
  traceId: string;
  spanId: string;
  traceFlags: number;
  isRemote?: boolean;
  traceState?: TraceStateShape;
}

/** Made by `createTraceState` and only handed back. */
export interface TraceStateShape {
  serialize(): string;
}

/** Made by the API and only handed back. */
export type ContextShape = object;

export interface SpanShape {
  spanContext(): SpanContextShape;
  setAttributes(attributes: SpanAttributes): unknown;
  setStatus(status: { code: number }): unknown;
  end(): void;
}

export interface TracerShape {
  startSpan(name: string, options: { kind: number; attributes: SpanAttributes }, context: ContextShape): SpanShape;
}

export interface TracerProviderShape {
  getTracer(name: string, version?: string): TracerShape;
  /** Of the provider that stands for one that may be registered; answers `undefined` while none is. */
  getDelegateTracer?(name: string, version?: string): TracerShape | undefined;
}

export interface OpenTelemetryShape {
  readonly ROOT_CONTEXT: ContextShape;
  readonly context: { with<Result>(context: ContextShape, run: () => Result): Result };
  readonly trace: {
    getTracerProvider(): TracerProviderShape;
    setSpan(context: ContextShape, span: SpanShape): ContextShape;
    setSpanContext(context: ContextShape, span: SpanContextShape): ContextShape;
  };
  createTraceState(text?: string): TraceStateShape;
}
