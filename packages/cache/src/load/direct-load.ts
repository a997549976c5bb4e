import { answerOf, outcomeOf, Said } from './call-loader.js';
import type { Flight } from './flight.js';
import type { Flights } from './flights.js';
import type { LoadKit, LoadOutcome, LoadRequest } from './load-layer.js';
import type { Observer } from './observe.js';
import { storeLoaded, type WriteBack } from './write-back.js';

/** Who waits for the outcome of a direct load, and what it takes to bring it about. */
interface DirectParts {
  readonly kit: LoadKit;
  readonly flights: Flights;
  readonly observer: Observer;
  readonly store: WriteBack;
}

/**
 * The plain miss: nothing is cached, no store is to be asked, no other process can load, nobody else loads the key, and
 * the caller waits until the end. Of the layers only the flight, the loader and `writeBack` would have anything to do. They
 * do it here in one step behind the loader: with a promise for each of them a miss takes twice as long.
 */
export function directLoads(kit: LoadKit, flights: Flights, observer: Observer) {
  const parts: DirectParts = { kit, flights, observer, store: storeLoaded(kit) };
  return (request: LoadRequest): Promise<unknown> =>
    new Promise((resolve, reject) => new DirectLoad(parts, request, resolve, reject).run());
}

/** Is there nothing to be done for this request outside its flight, if nothing of it is cached? */
export function mayLoadDirectly({ key, reason, options }: LoadRequest, flights: Flights): boolean {
  if (reason !== 'miss' || options.signal !== undefined) return false;
  return options.manner.hardTimeout === Number.POSITIVE_INFINITY && flights.of(key) === undefined && !flights.areOver;
}

class DirectLoad {
  readonly #parts: DirectParts;
  readonly #flight: Flight<LoadOutcome>;
  readonly #request: LoadRequest;
  readonly #said: Said;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    parts: DirectParts,
    { key, loader, options, reason }: LoadRequest,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    const flight = parts.flights.begin(key, reason);
    const request = { key, loader, options, reason, readAhead: undefined, cached: undefined, flight };
    this.#parts = parts;
    this.#flight = flight;
    this.#request = request;
    this.#said = new Said(request, parts.kit.sharing);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  run(): void {
    const flight = this.#flight;
    const { flights } = this.#parts;
    // This caller stays until the end: others who leave do not end the load.
    flight.enter();
    flight.whenAborted((reason) => this.#fail(flights.failureOf(flight, reason)));
    answerOf(this.#request, this.#said).then(
      (answer) => {
        if (!flight.isAborted) this.#keep(answer);
      },
      (error) => {
        if (!flight.isAborted) this.#fail(flights.failureOf(flight, error));
      },
    );
  }

  #keep(answer: unknown): void {
    const { kit, store } = this.#parts;
    let outcome: LoadOutcome | Promise<LoadOutcome>;
    try {
      outcome = store(
        this.#request,
        outcomeOf(this.#request, this.#said, answer, this.#flight.begunAt, kit.clock.now()),
      );
    } catch (failure) {
      this.#fail(failure);
      return;
    }
    if (outcome instanceof Promise) this.#whenStored(outcome);
    else this.#succeed(outcome);
  }

  #whenStored(storing: Promise<LoadOutcome>): void {
    storing.then(
      (outcome) => {
        if (!this.#flight.isAborted) this.#succeed(outcome);
      },
      (failure) => {
        if (!this.#flight.isAborted) this.#fail(failure);
      },
    );
  }

  /** The flight lands before anything is reported: whoever hears of it may ask for the key. */
  #succeed(outcome: LoadOutcome): void {
    this.#parts.flights.succeed(this.#flight, outcome);
    try {
      this.#resolve(this.#parts.observer.succeed(this.#request, outcome));
    } catch (error) {
      this.#reject(error);
    }
  }

  #fail(failure: unknown): void {
    this.#parts.flights.fail(this.#flight, failure);
    this.#reject(this.#parts.observer.fail(this.#request, failure));
  }
}
