import type { Loader, ManyLoader } from '../contracts/load.js';
import { InvalidOptionError } from '../errors.js';

/**
 * One call of a loader for many keys, seen from each key: whoever leads the load of a key asks for it here, and what is
 * asked for within one turn of the microtask queue goes out in one call.
 */
export class BatchLoad {
  readonly #loader: ManyLoader<unknown>;
  #waiting: Batch | undefined;

  constructor(loader: ManyLoader<unknown>) {
    this.#loader = loader;
  }

  readonly load: Loader<unknown> = async ({ key, signal }) => {
    const batch = this.#waiting ?? this.#open();
    batch.add(key, signal);
    return (await batch.answer).get(key);
  };

  #open(): Batch {
    const batch = new Batch(async (keys, signal) => {
      this.#waiting = undefined;
      return checkAnswer(await this.#loader(keys, { signal }));
    });
    this.#waiting = batch;
    return batch;
  }
}

class Batch {
  readonly answer: Promise<ReadonlyMap<string, unknown>>;
  readonly #keys: string[] = [];
  readonly #abort = new AbortController();
  #wanted = 0;

  constructor(run: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>>) {
    this.answer = Promise.resolve().then(() => run(this.#keys, this.#abort.signal));
  }

  /** The call is given up when nobody wants any of its keys. */
  add(key: string, signal: AbortSignal): void {
    this.#keys.push(key);
    this.#wanted++;
    const leave = () => {
      if (--this.#wanted === 0) this.#abort.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }
}

function checkAnswer(answer: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  if (answer instanceof Map) return answer;
  throw new InvalidOptionError(
    'The loader of getOrSetMany() must answer a Map from key to value: write new Map(rows.map((row) => [row.id, row])).',
  );
}
