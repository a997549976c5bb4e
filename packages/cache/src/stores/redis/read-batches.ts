import type { StoreCall, StoredEntry } from '../../contracts/store.js';
import { afterThisTick } from './after-this-tick.js';
import type { RedisConnection, Reply } from './connection.js';
import { copyOfEntryIn, entryIn, isLive } from './record.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';

const keysPerCommand = 512;

/** One `get` that waits for its part of a batch. */
interface Reader {
  readonly positions: readonly number[];
  readonly call: StoreCall;
  readonly resolve: (entries: (StoredEntry | undefined)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Everything read within a tick, each key once. */
class Batch {
  readonly keys: string[] = [];
  readonly readers: Reader[] = [];
  readonly #positions = new Map<string, number>();

  add(key: string): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const position = this.keys.length;
    this.#positions.set(key, position);
    this.keys.push(key);
    return position;
  }
}

/** Puts the reads of a tick into one MGET, or on a cluster into one for each bucket. */
export class ReadBatches {
  readonly #connection: RedisConnection;
  readonly #bucketOf: (key: string) => number;
  #next: Batch | undefined;

  constructor(connection: RedisConnection, bucketOf: (key: string) => number) {
    this.#connection = connection;
    this.#bucketOf = bucketOf;
  }

  /** `keys` are those in Redis. */
  read(keys: readonly string[], call: StoreCall): Promise<(StoredEntry | undefined)[]> {
    const batch = this.#batch();
    return new Promise((resolve, reject) => {
      const positions = new Array<number>(keys.length);
      for (let at = 0; at < keys.length; at++) positions[at] = batch.add(keys[at] as string);
      batch.readers.push({ positions, call, resolve, reject });
    });
  }

  #batch(): Batch {
    if (this.#next !== undefined) return this.#next;
    const batch = new Batch();
    this.#next = batch;
    afterThisTick(() => {
      this.#next = undefined;
      void this.#send(batch);
    });
    return batch;
  }

  async #send(batch: Batch): Promise<void> {
    try {
      const records = await this.#fetch(batch);
      const given = new Uint8Array(records.length);
      for (const reader of batch.readers) reader.resolve(entriesFor(reader, records, given));
    } catch (error) {
      const failure = toStoreError(error);
      for (const { reject } of batch.readers) reject(failure);
    }
  }

  #fetch({ keys }: Batch): Promise<readonly Reply[]> {
    return this.#connection.isCluster && keys.length > 1 ? this.#fetchByBucket(keys) : this.#mget(keys);
  }

  async #fetchByBucket(keys: readonly string[]): Promise<readonly Reply[]> {
    const positions = groupBy(keys, this.#bucketOf);
    const records = new Array<Reply>(keys.length);
    const parts = [...positions.values()].map(async (at) => {
      const found = await this.#mget(at.map((position) => keys[position] as string));
      for (const [index, position] of at.entries()) records[position] = found[index] as Reply;
    });
    await Promise.all(parts);
    return records;
  }

  #mget(keys: string[]): Promise<readonly Reply[]> {
    return keys.length <= keysPerCommand ? this.#command(keys) : this.#mgetInParts(keys);
  }

  async #mgetInParts(keys: readonly string[]): Promise<readonly Reply[]> {
    const parts: Promise<readonly Reply[]>[] = [];
    for (let from = 0; from < keys.length; from += keysPerCommand) {
      parts.push(this.#command(keys.slice(from, from + keysPerCommand)));
    }
    return (await Promise.all(parts)).flat();
  }

  async #command(keys: string[]): Promise<readonly Reply[]> {
    const reply = await this.#connection.send(keys[0] as string, 'MGET', keys, 'reads');
    if (!Array.isArray(reply) || reply.length !== keys.length) throw unexpectedReply('MGET');
    return reply;
  }
}

/** What callers get is theirs: the first who asked for a key gets the bytes as they came, others a copy. */
function entriesFor(
  { positions, call }: Reader,
  records: readonly Reply[],
  given: Uint8Array,
): (StoredEntry | undefined)[] {
  return positions.map((position) => {
    const record = records[position];
    if (!Buffer.isBuffer(record) || !isLive(record, call.now)) return undefined;
    if (given[position] === 1) return copyOfEntryIn(record);
    given[position] = 1;
    return entryIn(record);
  });
}

/** The positions of the keys of each bucket. */
function groupBy(keys: readonly string[], bucketOf: (key: string) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [at, key] of keys.entries()) {
    const bucket = bucketOf(key);
    const group = groups.get(bucket);
    if (group === undefined) groups.set(bucket, [at]);
    else group.push(at);
  }
  return groups;
}
