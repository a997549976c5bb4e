import { setTimeout as wait } from 'node:timers/promises';
import type { StoreCall, StoreChange, StoredEntry, StoreWrite } from '../../contracts/store.js';
import type { Call, Connection } from './connection.js';
import { entryPath } from './names.js';
import { encodeRecord, lifeSeconds, liveEntryIn, recordType } from './record.js';
import { failed, refused } from './remote-errors.js';
import { termsOf } from './terms.js';

/** What stands in the service: the entry if it is live, and what a change of it has to be conditional on. */
interface Standing {
  readonly entry: StoredEntry | undefined;
  readonly etag: string | undefined;
}

type Replacement = Omit<StoreWrite, 'key' | 'condition'>;

/** Then somebody else writes all the time. */
const attempts = 100;
const longestPause = 20;

/** Changes that depend on what stands: read with its entity tag, decided here, and written only if that still stands. */
export class ConditionalChanges {
  readonly #connection: Connection;
  readonly #random: () => number;

  constructor(connection: Connection, random: () => number) {
    this.#connection = connection;
    this.#random = random;
  }

  /** Resolves with what stands after it. */
  async change(name: string, change: StoreChange, { now, signal }: StoreCall): Promise<StoredEntry | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      signal?.throwIfAborted();
      const standing = await this.#read(name, now, signal);
      const decision = change(standing.entry);
      if (decision === 'keep') return standing.entry;
      const isOver = decision === 'delete' || decision.expiresAt <= now;
      const call = isOver ? deletion(name, standing) : replacement(name, standing, decision, now);
      if (call === undefined) return undefined;
      const { status, body } = await this.#connection.ask({ ...call, signal });
      if (status < 300) return isOver ? undefined : copyOf(decision);
      if (status !== 412) throw refused(status, body.toString('utf8'));
      await wait(this.#random() * Math.min(longestPause, attempt), undefined, { ref: false });
    }
    throw failed('Others change this entry all the time: it was not changed.');
  }

  async #read(name: string, now: number, signal: AbortSignal | undefined): Promise<Standing> {
    const call: Call = { method: 'GET', path: entryPath(name), isSafe: true, signal };
    const { status, fields, body } = await this.#connection.expect(call, 200, 404);
    if (status === 404) return { entry: undefined, etag: undefined };
    return { entry: liveEntryIn(body, now), etag: fields.etag };
  }
}

/** The caller may go on with its bytes. */
function copyOf({ bytes, expiresAt, version }: Replacement): StoredEntry {
  return { bytes: new Uint8Array(bytes), expiresAt, version };
}

function deletion(name: string, { etag }: Standing): Call | undefined {
  if (etag === undefined) return undefined;
  return { method: 'DELETE', path: entryPath(name), fields: { 'If-Match': etag } };
}

function replacement(name: string, { etag }: Standing, write: Replacement, now: number): Call {
  const condition: Record<string, string> = etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': etag };
  const record = encodeRecord(write);
  const ttl = lifeSeconds(write.expiresAt, now);
  const path = entryPath(name);
  if (Object.keys(write.indexes).length === 0) {
    const fields = { ...condition, 'Content-Type': recordType, 'Cache-TTL': String(ttl) };
    return { method: 'PUT', path, fields, body: record };
  }
  const envelope = {
    valueBase64: record.toString('base64'),
    contentType: recordType,
    ttl,
    indexes: termsOf(write.indexes),
  };
  return {
    method: 'POST',
    path,
    fields: { ...condition, 'Content-Type': 'application/json' },
    body: JSON.stringify(envelope),
  };
}
