import { decodeRecord, encodeRecord, type RecordWrite } from '../codecs/record-envelope.js';
import type { Version } from '../contracts/entry.js';
import type { LeaseAnswer, Leases } from '../contracts/lease.js';
import type { StoredEntry } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';
import { StoreError } from '../errors.js';
import { leaseInKey } from '../keys/namespace.js';
import { decideExtend, decideRelease, decideTake, type LeaseDecision, type LeaseRecord } from '../policy/lease.js';
import { refuseUnsupported } from './refuse-unsupported.js';
import type { StoreGate } from './store-gate.js';

export interface StoredLeasesParts {
  readonly gate: StoreGate;
  /** What the keys of this namespace's leases begin with. */
  readonly prefix: string;
  /** A version that no other write has. */
  readonly nextVersion: () => Version;
}

/**
 * How long a record outlives its lease. As long as it is there, the next fencing token is greater even if the clock of
 * the next holder is behind; after that the clock alone sees to it.
 */
const keptAfterEnd: Millis = 3_600_000;

/**
 * Leases in a store, a record for each. A store that evicts may lose one before its end, and then two hold the right at
 * the same time until the first extends it: the fencing token tells them apart.
 */
export class StoredLeases implements Leases {
  readonly #gate: StoreGate;
  readonly #prefix: string;
  readonly #nextVersion: () => Version;

  constructor({ gate, prefix, nextVersion }: StoredLeasesParts) {
    this.#gate = gate;
    this.#prefix = prefix;
    this.#nextVersion = nextVersion;
  }

  take(name: string, holder: string, life: Millis): Promise<LeaseAnswer> {
    return this.#decide(name, (record, now) => decideTake(record, holder, life, now));
  }

  extend(name: string, holder: string, life: Millis): Promise<boolean> {
    return this.#decide(name, (record, now) => decideExtend(record, holder, life, now));
  }

  release(name: string, holder: string): Promise<boolean> {
    return this.#decide(name, (record, now) => decideRelease(record, holder, now));
  }

  /** `now` is from before the call was sent, also where it arrives late: no delay can lengthen a life. */
  async #decide<Answer>(
    name: string,
    decide: (record: LeaseRecord | undefined, now: Millis) => LeaseDecision<Answer>,
  ): Promise<Answer> {
    refuseUnsupported('atomicWrites', this.#gate.store);
    const result = await this.#gate.call(async (store, call) => {
      // A store without transactions asks again when another writer came first: the last answer is the one that holds.
      let answer: Answer | undefined;
      const change = (current: StoredEntry | undefined) => {
        const decision = decide(this.#read(name, current), call.now);
        answer = decision.answer;
        return decision.record === undefined ? 'keep' : this.#write(decision.record, call.now);
      };
      await store.modify(this.#prefix + leaseInKey(name), change, call);
      return answer as Answer;
    });
    if (result.ok) return result.value;
    throw result.error;
  }

  #write(record: LeaseRecord, now: Millis): RecordWrite {
    return encodeRecord({ ...record }, Math.max(record.until, now) + keptAfterEnd, this.#nextVersion());
  }

  /** Who has a lease whose record cannot be read, nobody can say. */
  #read(name: string, stored: StoredEntry | undefined): LeaseRecord | undefined {
    if (stored === undefined) return undefined;
    const { holder, fencingToken, until } = decodeRecord(stored.bytes) ?? {};
    const isReadable = typeof holder === 'string' && Number.isSafeInteger(fencingToken) && typeof until === 'number';
    if (isReadable) return { holder, fencingToken: fencingToken as number, until };
    const message = `The record of the lease '${name}' is damaged or of a newer version. It ends by itself: try again later, or with the newer version.`;
    throw new StoreError(this.#gate.store.name, message, { code: 'LARDER_STORE_CORRUPT' });
  }
}
