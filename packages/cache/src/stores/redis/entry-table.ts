import type {
  ExpiredEntry,
  ExpiredPage,
  KeyPage,
  Retention,
  Store,
  StoreCall,
  StoreChange,
  StoredEntry,
  StoreTime,
  StoreWrite,
  WriteResult,
} from '../../contracts/store.js';
import { ChangeRounds } from './change-rounds.js';
import type { RedisConnection } from './connection.js';
import { type ExpiredRequest, expiredPage, forgetExpired } from './expired-pages.js';
import { indexPage, type Term } from './index-pages.js';
import type { PageRequest } from './listed-entries.js';
import { PhysicalKeys } from './physical-keys.js';
import { pruneExpired } from './prune-expired.js';
import { ReadBatches } from './read-batches.js';
import { retention } from './retention.js';
import { scanPage } from './scan-pages.js';
import { answers } from './scripts/apply-writes.js';
import { serverTime } from './server-time.js';
import { WriteLane } from './write-lane.js';
import { deleteOperation, setOperation, type WriteOperation, type Writer } from './write-operation.js';

/**
 * Off a cluster, so many batches of writes are under way at a time, each with other keys: the process prepares one while
 * Redis works on another.
 */
const lanesOfOneServer = 2;

/** The entries of one prefix, over one connection: a {@link Store} without its beginning and end. */
export class EntryTable implements Omit<Store, 'name' | 'capabilities' | 'close'> {
  readonly #connection: RedisConnection;
  readonly #keys: PhysicalKeys;
  readonly #reads: ReadBatches;
  readonly #lanes: readonly WriteLane[];
  readonly #rounds: ChangeRounds;
  #namesEndings = false;

  constructor(connection: RedisConnection, prefix: string, random: () => number) {
    const keys = new PhysicalKeys(prefix, connection.isCluster);
    const lanes = connection.isCluster ? keys.bases : new Array<string>(lanesOfOneServer).fill(keys.bases[0] as string);
    this.#connection = connection;
    this.#keys = keys;
    this.#reads = new ReadBatches(connection, (key) => keys.bucketOf(key));
    this.#lanes = lanes.map((base) => new WriteLane(connection, base));
    this.#rounds = new ChangeRounds((operation) => this.#push(operation), random);
  }

  time(): Promise<StoreTime> {
    return serverTime(this.#connection, this.#keys.bases[0] as string);
  }

  retention(): Promise<Retention> {
    return retention(this.#connection);
  }

  get(keys: readonly string[], call: StoreCall): Promise<(StoredEntry | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    try {
      return this.#reads.read(keys.map(this.#nameOf), call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async set(writes: readonly StoreWrite[], call: StoreCall): Promise<WriteResult[]> {
    return this.#write(writes.length, call, resultOfSet, (writer, at) => {
      const write = writes[at] as StoreWrite;
      return setOperation(this.#keys.ofEntry(write.key), write, call.now, writer, at);
    });
  }

  async delete(keys: readonly string[], call: StoreCall): Promise<boolean[]> {
    return this.#write(keys.length, call, wasDeleted, (writer, at) =>
      deleteOperation(this.#keys.ofEntry(keys[at] as string), call.now, writer, at),
    );
  }

  async modify(key: string, change: StoreChange, call: StoreCall): Promise<StoredEntry | undefined> {
    return this.#rounds.change(this.#keys.ofEntry(key), change, call);
  }

  async scan(prefix: string, page: PageRequest, call: StoreCall): Promise<KeyPage> {
    return scanPage({ connection: this.#connection, keys: this.#keys }, prefix, page, call.now);
  }

  async byIndex(term: Term, page: PageRequest, call: StoreCall): Promise<KeyPage> {
    return indexPage({ connection: this.#connection, keys: this.#keys }, term, page, call.now);
  }

  async prune(limit: number, call: StoreCall): Promise<number> {
    return pruneExpired({ connection: this.#connection, keys: this.#keys }, limit, call);
  }

  async expired(request: ExpiredRequest, call: StoreCall): Promise<ExpiredPage> {
    this.#nameEndings();
    return expiredPage({ connection: this.#connection, keys: this.#keys }, request, call.now);
  }

  async forgetExpired(expired: readonly Pick<ExpiredEntry, 'key' | 'expiresAt'>[], call: StoreCall): Promise<void> {
    return forgetExpired({ connection: this.#connection, keys: this.#keys }, expired, call);
  }

  /** Resolves when all writes that were asked for have ended. */
  async finish(): Promise<void> {
    await this.#rounds.finish();
    await Promise.all(this.#lanes.map((lane) => lane.finish()));
  }

  /** There are ends to be told: by a delete, too, one may go. */
  #nameEndings(): void {
    if (this.#namesEndings) return;
    this.#namesEndings = true;
    for (const lane of this.#lanes) lane.nameEndings();
  }

  readonly #nameOf = (key: string): string => this.#keys.ofEntry(key);

  /** All are made ready before the first leaves: a write that cannot be made fails the call with nothing done. */
  #write<Result>(
    count: number,
    call: StoreCall,
    resultOf: (answer: number) => Result,
    operation: (writer: Writer, at: number) => WriteOperation,
  ): Promise<Result[]> {
    if (count === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const writer = new BatchWriter(count, call, resultOf, resolve, reject);
      const operations: WriteOperation[] = [];
      for (let at = 0; at < count; at++) operations.push(operation(writer, at));
      for (const each of operations) this.#rounds.write(each);
    });
  }

  #push(operation: WriteOperation): void {
    if (operation.endings !== undefined) this.#nameEndings();
    const lane = this.#connection.isCluster ? this.#keys.bucketOf(operation.key) : laneOf(operation.key);
    (this.#lanes[lane] as WriteLane).push(operation);
  }
}

/** One `set` or `delete`: collects what became of each of its writes. */
class BatchWriter<Result> implements Writer {
  readonly #results: Result[];
  readonly #call: StoreCall;
  readonly #resultOf: (answer: number) => Result;
  readonly #resolve: (results: Result[]) => void;
  readonly #reject: (error: unknown) => void;
  #missing: number;

  constructor(
    count: number,
    call: StoreCall,
    resultOf: (answer: number) => Result,
    resolve: (results: Result[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#results = new Array(count);
    this.#missing = count;
    this.#call = call;
    this.#resultOf = resultOf;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answered(at: number, answer: number): void {
    this.#results[at] = this.#resultOf(answer);
    this.#missing--;
    if (this.#missing === 0) this.#resolve(this.#results);
  }

  failed(error: unknown): void {
    this.#reject(error);
  }

  givenUp(): unknown {
    return this.#call.signal?.aborted ? this.#call.signal.reason : undefined;
  }
}

function resultOfSet(answer: number): WriteResult {
  if (answer === answers.created) return 'created';
  return answer === answers.replaced ? 'replaced' : 'condition-failed';
}

function wasDeleted(answer: number): boolean {
  return answer === answers.deleted;
}

/** Keys mostly differ at their end. */
function laneOf(key: string): number {
  const end = key.length - 1;
  return (key.charCodeAt(end) ^ (key.charCodeAt(end - 1) >> 1)) % lanesOfOneServer;
}
