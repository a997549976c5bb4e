import { ClosedError } from '../../errors.js';
import type { FirestoreClient, FirestoreCollection } from './client-shape.js';
import { toStoreError } from './firestore-errors.js';
import { openClient } from './open-client.js';
import type { FirestoreStoreOptions } from './options.js';
import { withinTime } from './within-time.js';

/** `close` waits so long for what is under way; what a dead server never answers must not keep a process. */
const patience = 5_000;

export interface Session {
  readonly client: FirestoreClient;
  readonly documents: FirestoreCollection;
}

/** A store from its first call, which makes the client where none was given, to `close`. */
export interface Connection {
  readonly collection: string;
  /** One request: ends in time, and rejects with errors of this library only. */
  request<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** A call of a user: refused from `close` on, which waits for it. */
  whileOpen<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export function openConnection(options: FirestoreStoreOptions): Connection {
  const { collection } = options;
  const underWay = new Set<Promise<unknown>>();
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
    await atMost(patience, Promise.allSettled(underWay));
    const own = options.client === undefined ? await opening?.catch(() => undefined) : undefined;
    if (own !== undefined) await atMost(patience, own.client.terminate());
  }

  return {
    collection,
    async request(work) {
      try {
        return await withinTime(session().then(work));
      } catch (error) {
        throw toStoreError(error, collection);
      }
    },
    async whileOpen(work) {
      if (closing !== undefined) throw new ClosedError();
      const call = work();
      underWay.add(call);
      try {
        return await call;
      } finally {
        underWay.delete(call);
      }
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
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
