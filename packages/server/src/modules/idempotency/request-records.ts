import type { Cache, Version } from '@larder/cache';
import { Problem } from '../../http/problem.js';

/** What is kept of a request under its Idempotency-Key: first that it runs, then how it was answered. */
export type RequestRecord =
  | { readonly state: 'running'; readonly fingerprint: string }
  /** Sealed; `null` where the answer was too large to be kept. */
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: Uint8Array | null };

export type Claim =
  /** Nobody has sent it before. The version is that of the mark that says so to others. */
  | { readonly kind: 'first'; readonly mark: Version }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'another-request' }
  | { readonly kind: 'done'; readonly answer: Uint8Array | null };

/** How long a mark outlives a process that dies while it does the request. */
const markLife = '15s';
const keptFor = '24h';

/** One request among all processes of the service. */
export interface ClaimedRequest {
  /** False if the mark was lost: somebody else may do the request, too. */
  extend(): Promise<boolean>;
  /** From now on whoever sends it again gets this. */
  keep(answer: Uint8Array | null): Promise<void>;
  /** Whoever sends it again does it again. */
  forget(): Promise<void>;
}

export async function claimRequest(
  records: Cache<RequestRecord>,
  name: string,
  fingerprint: string,
  attempts: number,
): Promise<Claim> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const outcome = await records.setEntry(name, { state: 'running', fingerprint }, { ttl: markLife, ifAbsent: true });
    if (outcome.stored) return { kind: 'first', mark: outcome.version };
    const record = await records.get(name);
    // It ended between the two: try for it again.
    if (record !== undefined) return claimOf(record, fingerprint);
  }
  throw new Problem('store_unavailable', 'Too many requests have this Idempotency-Key at the same time.');
}

function claimOf(record: RequestRecord, fingerprint: string): Claim {
  if (record.fingerprint !== fingerprint) return { kind: 'another-request' };
  return record.state === 'running' ? { kind: 'in-flight' } : { kind: 'done', answer: record.answer };
}

export function claimedRequest(
  records: Cache<RequestRecord>,
  name: string,
  fingerprint: string,
  mark: Version,
): ClaimedRequest {
  return {
    extend: () => records.touch(name, markLife, { ifVersion: mark }),
    async keep(answer) {
      const record: RequestRecord = { state: 'done', fingerprint, answer };
      if (await records.set(name, record, { ttl: keptFor, ifVersion: mark })) return;
      // The mark was lost. If nobody has claimed the request since then, nobody need do it again.
      await records.add(name, record, { ttl: keptFor });
    },
    async forget() {
      await records.delete(name, { ifVersion: mark });
    },
  };
}
