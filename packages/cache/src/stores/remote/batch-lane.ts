import { LarderError } from '../../errors.js';
import type { Connection } from './connection.js';
import { failed, refused } from './remote-errors.js';

/** One operation of `POST /v1/batch`. */
export interface BatchOperation {
  readonly op: 'get' | 'set' | 'delete';
  readonly key: string;
  readonly valueBase64?: string;
  readonly contentType?: string;
  readonly ttl?: number;
  readonly indexes?: Readonly<Record<string, string>>;
}

/** The result of one operation: `status`, and what the operation answers beside it. */
export interface BatchResult {
  readonly status: number;
  readonly code?: string;
  readonly valueBase64?: string;
  readonly deleted?: boolean;
}

interface Waiting {
  readonly operation: BatchOperation;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What the service takes in one batch, with room for the JSON around the values. */
const operationsPerBatch = 100;
const bytesPerBatch = 7 * 1_024 * 1_024;

/** Sends in one request what was asked for within a tick. Reads have a lane of their own: they may be asked again. */
export class BatchLane {
  readonly #connection: Connection;
  readonly #isSafe: boolean;
  #waiting: Waiting[] = [];

  constructor(connection: Connection, isSafe: boolean) {
    this.#connection = connection;
    this.#isSafe = isSafe;
  }

  ask(operation: BatchOperation, signal: AbortSignal | undefined): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) process.nextTick(this.#leave);
      this.#waiting.push({ operation, signal, resolve, reject });
    });
  }

  readonly #leave = (): void => {
    const waiting = this.#waiting.filter((each) => !isGivenUp(each));
    this.#waiting = [];
    for (const portion of portionsOf(waiting)) void this.#send(portion);
  };

  async #send(portion: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#results(portion);
      for (const [at, { resolve }] of portion.entries()) resolve(results[at] as BatchResult);
    } catch (error) {
      for (const { reject } of portion) reject(error);
    }
  }

  async #results(portion: readonly Waiting[]): Promise<readonly BatchResult[]> {
    const { body } = await this.#connection.expect(
      {
        method: 'POST',
        path: '/v1/batch',
        fields: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ operations: portion.map(({ operation }) => operation) }),
        isSafe: this.#isSafe,
      },
      200,
    );
    const results: unknown = parsed(body)?.results;
    if (Array.isArray(results) && results.length === portion.length) return results;
    throw failed('The service answered a batch with something else than its results: is url the address of Larder?');
  }
}

/** @throws LarderError for an operation that was not done */
export function expectDone(result: BatchResult, ...statuses: readonly number[]): BatchResult {
  if (statuses.includes(result.status)) return result;
  throw refused(result.status, result.code ?? '');
}

function isGivenUp({ signal, reject }: Waiting): boolean {
  if (!signal?.aborted) return false;
  reject(signal.reason instanceof LarderError ? signal.reason : failed('The call was given up before it was sent.'));
  return true;
}

function portionsOf(waiting: readonly Waiting[]): Waiting[][] {
  const portions: Waiting[][] = [];
  let room = 0;
  for (const each of waiting) {
    const size = each.operation.valueBase64?.length ?? 0;
    let portion = portions.at(-1);
    if (portion === undefined || portion.length === operationsPerBatch || size > room) {
      portion = [];
      portions.push(portion);
      room = bytesPerBatch;
    }
    portion.push(each);
    room -= size;
  }
  return portions;
}

function parsed(body: Buffer): { readonly results?: unknown } | undefined {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
