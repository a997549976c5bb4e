import type { StoreCall } from '../../contracts/store.js';
import { ClosedError } from '../../errors.js';
import type { FirestoreClient, FirestoreCollection } from './client-shape.js';
import { toStoreError } from './firestore-errors.js';
import { openClient } from './open-client.js';
import type { FirestoreStoreOptions } from './options.js';
import { withinTime } from './within-time.js';

/** What a dead server never answers must not keep a process: so long `close` waits for calls, and for the client. */
const patience = { calls: 4_000, client: 1_000 };

export interface Session {
  readonly client: FirestoreClient;
  readonly documents: FirestoreCollection;
}

/** A store from its first call, which makes the client where none was given, to `close`. */
export interface Connection {
  readonly collection: string;
  /** One request: ends in time, and rejects with errors of this library only. */
  request<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** A call of a user: refused from `close` on, which waits for it, and where nobody waits for the answer any more. */
  whileOpen<Result>(call: StoreCall, work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export function openConnection(options: FirestoreStoreOptions): Connection {
  const { collection } = options;
  const calls = new Set<Promise<unknown>>();
  /** Whatever became of the calls they were made for. */
  const requests = new Set<Promise<unknown>>();
  let opening: Promise<Session> | undefined;
  let closing: Promise<void> | undefined;

  function session(): Promise<Session> {
    opening ??= open().catch((error) => {
      // After a failure the next call tries again.
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function open(): Promise<Session> {
    const client = options.client ?? (await openClient(options));
    return { client, documents: client.collection(collection) };
  }

  async function close(): Promise<void> {
    await atMost(patience.calls, Promise.allSettled(calls));
    if (options.client === undefined && opening !== undefined) await atMost(patience.client, endClient(opening));
  }

  /** A client that is ended while it tries a request again rejects in a promise that nobody holds. */
  async function endClient(opened: Promise<Session>): Promise<void> {
    await Promise.allSettled(requests);
    await (await opened).client.terminate();
  }

  return {
    collection,
    async request(work) {
      try {
        return await withinTime(during(requests, session().then(work)));
      } catch (error) {
        throw toStoreError(error, collection);
      }
    },
    async whileOpen(call, work) {
      if (closing !== undefined) throw new ClosedError();
      call.signal?.throwIfAborted();
      return during(calls, work());
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Is among them until it ends. */
async function during<Result>(all: Set<Promise<unknown>>, one: Promise<Result>): Promise<Result> {
  all.add(one);
  try {
    return await one;
  } finally {
    all.delete(one);
  }
}

/** Whatever became of it: there is nobody left to tell. */
async function atMost(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
    timer.unref();
  });
  await Promise.race([work.catch(() => {}), timeIsUp]);
  clearTimeout(timer);
}
