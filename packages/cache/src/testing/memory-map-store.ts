import type { IndexTerms } from '../contracts/entry.js';
import type {
  ExpiredEntry,
  ExpiredPage,
  KeyPage,
  Store,
  StoreCall,
  StoreCapabilities,
  StoreChange,
  StoredEntry,
  StoreWrite,
  WriteCondition,
  WriteResult,
} from '../contracts/store.js';
import type { Clock, Millis } from '../contracts/time.js';
import { ClosedError } from '../errors.js';

/** News of an end that are older than this are dropped by `prune`: nobody seems to want them. */
const endingsKeptFor = 86_400_000;

interface MapRecord {
  readonly entry: StoredEntry;
  readonly indexes: IndexTerms;
}

const capabilities: StoreCapabilities = {
  persistent: false,
  shared: false,
  synchronousReads: true,
  atomicWrites: true,
  scan: 'once',
  index: true,
  tellsExpiry: true,
  expiry: 'exact',
  limits: { keyBytes: Number.MAX_SAFE_INTEGER, valueBytes: Number.MAX_SAFE_INTEGER },
};

export interface MemoryMapStoreOptions {
  /** Default: `'memory-map'`. */
  readonly name?: string;
  /** A clock of its own: the store then tells its time. It judges by the time of each call all the same. */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * The contract in its plainest form: a Map, searched from end to end. The model that other stores are compared with,
 * and a stand-in for a real back end in tests. Too slow for anything else.
 */
export function memoryMapStore(options: MemoryMapStoreOptions = {}): Store {
  const { name = 'memory-map', clock } = options;
  const records = new Map<string, MapRecord>();
  /** Of records with a note, in the order of their writes; they outlive a record that is written again after its end. */
  const endings = new Map<string, ExpiredEntry>();
  let closed = false;

  function liveRecord(key: string, now: Millis): MapRecord | undefined {
    const record = records.get(key);
    return record !== undefined && isLive(record, now) ? record : undefined;
  }

  function write(write: StoreWrite, now: Millis): WriteResult {
    const current = liveRecord(write.key, now);
    if (!conditionHolds(write.condition, current)) return 'condition-failed';
    put(write.key, write, now);
    return current === undefined ? 'created' : 'replaced';
  }

  function put(key: string, next: Omit<StoreWrite, 'key'>, now: Millis): void {
    const { bytes, expiresAt, version, indexes, expiryNote } = next;
    endLife(key, now);
    if (expiryNote !== undefined) endings.set(endingOf(key, expiresAt), { key, expiresAt, note: expiryNote });
    records.set(key, { entry: copyOf({ bytes, expiresAt, version }), indexes: { ...indexes } });
  }

  function remove(key: string, now: Millis): boolean {
    const wasLive = liveRecord(key, now) !== undefined;
    endLife(key, now);
    records.delete(key);
    return wasLive;
  }

  /** What is live and goes will never expire. */
  function endLife(key: string, now: Millis): void {
    const live = liveRecord(key, now);
    if (live !== undefined) endings.delete(endingOf(key, live.entry.expiresAt));
  }

  function change(key: string, decide: StoreChange, now: Millis): StoredEntry | undefined {
    const record = liveRecord(key, now);
    const current = record && copyOf(record.entry);
    const decision = decide(current);
    if (decision === 'keep') return current;
    if (decision === 'delete') remove(key, now);
    else put(key, decision, now);
    const standing = liveRecord(key, now);
    return standing && copyOf(standing.entry);
  }

  function page(matches: (key: string, record: MapRecord) => boolean, limit: number, after = ''): KeyPage {
    const found = [...records.keys()].sort().filter((key) => {
      const record = records.get(key);
      return (after === '' || key > after.slice(1)) && record !== undefined && matches(key, record);
    });
    const keys = found.slice(0, limit);
    // The mark in front tells a cursor after the empty key from none.
    return found.length > keys.length ? { keys, cursor: keys.length === 0 ? after : `>${keys.at(-1)}` } : { keys };
  }

  function prune(limit: number, now: Millis): number {
    const outdated = [...endings.values()].filter(({ expiresAt }) => expiresAt + endingsKeptFor <= now);
    for (const ending of outdated.slice(0, limit)) endings.delete(endingOf(ending.key, ending.expiresAt));
    const waits = (key: string, { entry }: MapRecord) => endings.has(endingOf(key, entry.expiresAt));
    const expired = [...records].filter(([key, record]) => !isLive(record, now) && !waits(key, record));
    for (const [key] of expired.slice(0, limit)) records.delete(key);
    return Math.min(expired.length, limit);
  }

  function expiredPage(prefix: string, limit: number, now: Millis, after = ''): ExpiredPage {
    const names = [...endings.keys()].sort().filter((name) => {
      const { key, expiresAt } = endings.get(name) as ExpiredEntry;
      return name > after && expiresAt <= now && key.startsWith(prefix);
    });
    const expired = names.slice(0, limit).map((name) => endings.get(name) as ExpiredEntry);
    return names.length > limit ? { expired, cursor: names[limit - 1] as string } : { expired };
  }

  function forgetExpired(key: string, expiresAt: Millis): void {
    endings.delete(endingOf(key, expiresAt));
    if (records.get(key)?.entry.expiresAt === expiresAt) records.delete(key);
  }

  /** Everything below is synchronous inside, so no two calls ever interleave. */
  async function whileOpen<Result>(work: () => Result): Promise<Result> {
    if (closed) throw new ClosedError();
    return work();
  }

  return {
    name,
    capabilities,
    ...(clock === undefined ? {} : { time: () => whileOpen(() => ({ time: clock.now(), error: 0 })) }),
    get: (keys, { now }) =>
      whileOpen(() =>
        keys.map((key) => {
          const record = liveRecord(key, now);
          return record && copyOf(record.entry);
        }),
      ),
    set: (writes, { now }) => whileOpen(() => writes.map((each) => write(each, now))),
    delete: (keys, { now }) => whileOpen(() => keys.map((key) => remove(key, now))),
    modify: (key, decide, { now }) => whileOpen(() => change(key, decide, now)),
    scan: (prefix, { cursor, limit }, { now }: StoreCall) =>
      whileOpen(() => page((key, record) => key.startsWith(prefix) && isLive(record, now), limit, cursor)),
    byIndex: ({ prefix, name, value }, { cursor, limit }, { now }) =>
      whileOpen(() =>
        page(
          (key, record) => key.startsWith(prefix) && isLive(record, now) && hasTerm(record.indexes, name, value),
          limit,
          cursor,
        ),
      ),
    prune: (limit, { now }) => whileOpen(() => prune(limit, now)),
    expired: ({ prefix, cursor, limit }, { now }) => whileOpen(() => expiredPage(prefix, limit, now, cursor)),
    forgetExpired: (expired) =>
      whileOpen(() => {
        for (const { key, expiresAt } of expired) forgetExpired(key, expiresAt);
      }),
    async close() {
      closed = true;
      records.clear();
    },
  };
}

/** Sorts by deadline, as far as that matters to whoever pages. */
function endingOf(key: string, expiresAt: Millis): string {
  return `${expiresAt} ${key}`;
}

function isLive(record: MapRecord, now: Millis): boolean {
  return now < record.entry.expiresAt;
}

function conditionHolds(condition: WriteCondition | undefined, current: MapRecord | undefined): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return current === undefined;
  return current?.entry.version === condition.version;
}

function hasTerm(indexes: IndexTerms, name: string, value: string): boolean {
  return Object.hasOwn(indexes, name) && indexes[name] === value;
}

/** What callers give and get is theirs: writing into it must not change what is kept. */
function copyOf(entry: StoredEntry): StoredEntry {
  return { ...entry, bytes: Uint8Array.from(entry.bytes) };
}
