import { createHash } from 'node:crypto';
import { decodeRecord, encodeRecord, type RecordWrite } from '../codecs/record-envelope.js';
import type { Version } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';
import { type Marker, noMarker } from './markers.js';

/** What a store says of a whole namespace, in one record that stays. */
export interface Ledger {
  /** Entries from before are gone. */
  readonly clearedAt: Millis;
  /** Counts the invalidations of tags: whoever sees another number must look at markers again. */
  readonly epoch: number;
  /** The latest time of any marker: none needs to be read for an entry that is younger. */
  readonly invalidatedAt: Millis;
  /** The longest time that a tagged entry had left when it was written: markers live as long. */
  readonly longestLife: Millis;
  /** Some entries are held beyond the end of their freshness. */
  readonly holdsStale: boolean;
}

export const emptyLedger: Ledger = Object.freeze({
  clearedAt: 0,
  epoch: 0,
  invalidatedAt: 0,
  longestLife: 0,
  holdsStale: false,
});

/** A tag of any length, as a part of a key that every store takes. */
export function tagInKey(tag: string): string {
  return tag.length <= 64 ? `t${tag}` : `h${createHash('sha256').update(tag).digest('base64url')}`;
}

export function encodeMarker(marker: Marker, expiresAt: Millis, version: Version): RecordWrite {
  return encodeRecord({ ...marker }, expiresAt, version);
}

export function decodeMarker(envelope: Uint8Array | undefined): Marker {
  const { expiredAt, removedAt } = fieldsOf(envelope);
  return envelope === undefined ? noMarker : { expiredAt: timeOf(expiredAt), removedAt: timeOf(removedAt) };
}

export function encodeLedger(ledger: Ledger, version: Version): RecordWrite {
  // JSON has no Infinity.
  const longestLife = Number.isFinite(ledger.longestLife) ? ledger.longestLife : 'never';
  return encodeRecord({ ...ledger, longestLife }, Number.POSITIVE_INFINITY, version);
}

export function decodeLedger(envelope: Uint8Array | undefined): Ledger {
  if (envelope === undefined) return emptyLedger;
  const { clearedAt, epoch, invalidatedAt, longestLife, holdsStale } = fieldsOf(envelope);
  return {
    clearedAt: timeOf(clearedAt),
    epoch: timeOf(epoch),
    invalidatedAt: timeOf(invalidatedAt),
    longestLife: longestLife === 'never' ? Number.POSITIVE_INFINITY : timeOf(longestLife),
    holdsStale: holdsStale === true,
  };
}

/** A record that cannot be read says nothing; whoever raises it writes it anew. */
function fieldsOf(envelope: Uint8Array | undefined): Record<string, unknown> {
  return (envelope === undefined ? undefined : decodeRecord(envelope)) ?? {};
}

function timeOf(field: unknown): Millis {
  return typeof field === 'number' && field >= 0 ? field : 0;
}
