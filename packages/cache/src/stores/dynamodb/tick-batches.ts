import { longestQueue, tooManyWait } from './request-slots.js';
import { sharedSignal } from './shared-signal.js';

export interface TickBatchParts<Request, Answer> {
  /** What is asked twice within a batch goes out once. */
  readonly nameOf: (request: Request) => string;
  /** How many requests one call takes. */
  readonly size: number;
  readonly send: (
    requests: readonly Request[],
    signal: AbortSignal | undefined,
  ) => Promise<ReadonlyMap<string, Answer>>;
  /** Waited for before a batch is made up: what is asked meanwhile joins it. */
  readonly room: () => Promise<void>;
}

interface Asked<Request, Answer> {
  readonly requests: readonly Request[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answers: (Answer | undefined)[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Puts everything that is asked within one turn of the event loop into as few calls as possible. */
export function tickBatches<Request, Answer>({ nameOf, size, send, room }: TickBatchParts<Request, Answer>) {
  let waiting: Asked<Request, Answer>[] = [];

  async function flush(): Promise<void> {
    await room();
    const taken = waiting;
    waiting = [];
    const asked = taken.filter(({ signal, reject }) => {
      if (signal?.aborted) reject(signal.reason);
      return signal?.aborted !== true;
    });
    const answers = new Map<string, Promise<ReadonlyMap<string, Answer>>>();
    for (const { requests, askers } of portionsOf(asked, nameOf, size)) {
      const { signal, release } = sharedSignal([...askers].map((each) => each.signal));
      const answer = send([...requests.values()], signal).finally(release);
      for (const name of requests.keys()) answers.set(name, answer);
    }
    for (const { requests, resolve, reject } of asked) {
      const names = requests.map(nameOf);
      Promise.all(names.map((name) => answers.get(name))).then(
        (maps) => resolve(maps.map((map, at) => map?.get(names[at] as string))),
        reject,
      );
    }
  }

  return function ask(requests: readonly Request[], signal: AbortSignal | undefined): Promise<(Answer | undefined)[]> {
    if (requests.length === 0) return Promise.resolve([]);
    if (waiting.length >= longestQueue) return Promise.reject(tooManyWait());
    return new Promise((resolve, reject) => {
      waiting.push({ requests, signal, resolve, reject });
      if (waiting.length === 1) setImmediate(flush);
    });
  };
}

interface Portion<Request, Answer> {
  readonly requests: Map<string, Request>;
  readonly askers: Set<Asked<Request, Answer>>;
}

function portionsOf<Request, Answer>(
  asked: readonly Asked<Request, Answer>[],
  nameOf: (request: Request) => string,
  size: number,
): Portion<Request, Answer>[] {
  const portions: Portion<Request, Answer>[] = [];
  const placed = new Map<string, Portion<Request, Answer>>();
  for (const each of asked) {
    for (const request of each.requests) {
      const name = nameOf(request);
      const last = portions.at(-1);
      let portion = placed.get(name) ?? (last !== undefined && last.requests.size < size ? last : undefined);
      if (portion === undefined) {
        portion = { requests: new Map(), askers: new Set() };
        portions.push(portion);
      }
      portion.requests.set(name, request);
      portion.askers.add(each);
      placed.set(name, portion);
    }
  }
  return portions;
}
