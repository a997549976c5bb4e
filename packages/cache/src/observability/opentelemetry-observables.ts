import { type CircuitStates, circuitHelp } from './circuit-states.js';
import type { EventCounts } from './event-counts.js';
import { figures, readFigure } from './figures.js';
import type { ReportedCache } from './listen.js';
import type { Attributes, MeterShape, ObservableResultShape, ObservableShape } from './opentelemetry-shape.js';

/** An instrument, and how to read it when metrics are collected. */
export interface Observed {
  readonly instrument: ObservableShape;
  readonly observe: (result: ObservableResultShape) => void;
}

type Readings = Iterable<readonly [value: number, attributes: Attributes]>;

export class Observables {
  readonly #meter: MeterShape;
  readonly #cacheName: string;
  readonly #observed: Observed[] = [];

  constructor(meter: MeterShape, cacheName: string) {
    this.#meter = meter;
    this.#cacheName = cacheName;
  }

  addFigures(cache: ReportedCache): void {
    for (const figure of figures) {
      this.#add(figure.kind, figure.name, figure.help, () =>
        readFigure(figure, cache).map(({ value, reason }) => [
          value,
          reason === undefined ? {} : { 'larder.eviction.reason': reason },
        ]),
      );
    }
  }

  addCounts(counts: EventCounts): void {
    for (const figure of counts.figures) {
      this.#add('counter', figure.name, figure.help, () =>
        Array.from(counts.read(figure), ([label, count]) => [count, { [`larder.${counts.labelName}`]: label }]),
      );
    }
  }

  addCircuits(circuits: CircuitStates): void {
    this.#add('gauge', 'circuit.state', circuitHelp, () =>
      Array.from(circuits.read(), ([store, state]) => [state, { 'larder.store': store }]),
    );
  }

  /** Reads them at every collection, until the answer is called. */
  start(): () => void {
    const meter = this.#meter;
    const instruments = this.#observed.map(({ instrument }) => instrument);
    const collect = (result: ObservableResultShape) => {
      for (const { observe } of this.#observed) observe(result);
    };
    meter.addBatchObservableCallback(collect, instruments);
    return () => meter.removeBatchObservableCallback(collect, instruments);
  }

  #add(kind: 'counter' | 'gauge', name: string, description: string, read: () => Readings): void {
    const options = { description };
    const instrument =
      kind === 'counter'
        ? this.#meter.createObservableCounter(`larder.${name}`, options)
        : this.#meter.createObservableGauge(`larder.${name}`, options);
    const observe = (result: ObservableResultShape) => {
      for (const [value, attributes] of read())
        result.observe(instrument, value, { 'larder.cache': this.#cacheName, ...attributes });
    };
    this.#observed.push({ instrument, observe });
  }
}
