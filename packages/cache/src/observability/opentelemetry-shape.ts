export type Attributes = Record<string, string>;

/** Something to be read when metrics are collected; made by a meter and only handed back to it. */
export type ObservableShape = object;

export interface InstrumentOptions {
  description?: string;
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

export interface ObservableResultShape {
  observe(instrument: ObservableShape, value: number, attributes?: Attributes): void;
}

export type Collect = (result: ObservableResultShape) => void;

export interface HistogramShape {
  record(value: number, attributes?: Attributes): void;
}

/** The part of a `Meter` of @opentelemetry/api that is used. */
export interface MeterShape {
  createObservableCounter(name: string, options?: InstrumentOptions): ObservableShape;
  createObservableGauge(name: string, options?: InstrumentOptions): ObservableShape;
  createHistogram(name: string, options?: InstrumentOptions): HistogramShape;
  addBatchObservableCallback(callback: Collect, instruments: ObservableShape[]): void;
  removeBatchObservableCallback(callback: Collect, instruments: ObservableShape[]): void;
}

export interface SpanShape {
  setAttribute(name: string, value: string): unknown;
  setStatus(status: { code: number }): unknown;
  end(endTime?: Date): void;
}

/** The part of a `Tracer` of @opentelemetry/api that is used. */
export interface TracerShape {
  startSpan(name: string, options?: { startTime?: Date; attributes?: Attributes }): SpanShape;
}
