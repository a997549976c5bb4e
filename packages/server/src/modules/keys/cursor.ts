import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../http/problem.js';

/** What a cursor belongs to. It opens no other listing. */
export type Listing = readonly [kind: 'keys' | 'index', tenant: string, ...filter: readonly (string | null)[]];

const signatureBytes = 16;

/** The store's own cursor, behind a signature: callers can neither read on elsewhere nor feed the store their own. */
export function signCursor(secret: string, listing: Listing, position: string): string {
  return Buffer.concat([signature(secret, listing, position), Buffer.from(position)]).toString('base64url');
}

/** @throws Problem unless `cursor` was signed for this listing */
export function openCursor(secret: string, listing: Listing, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const position = bytes.subarray(signatureBytes).toString();
  const given = bytes.subarray(0, signatureBytes);
  if (given.length === signatureBytes && timingSafeEqual(given, signature(secret, listing, position))) return position;
  throw new Problem('invalid_cursor', 'The cursor does not belong to this listing. Begin without one.');
}

function signature(secret: string, listing: Listing, position: string): Buffer {
  const signed = JSON.stringify([listing, position]);
  return createHmac('sha256', secret).update(signed).digest().subarray(0, signatureBytes);
}
