import type { PhysicalKey } from '../contracts/bus.js';
import type { ExpiredEntry, Store, StoreCall } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';
import { markerPrefixOf, splitPhysicalKey } from '../keys/namespace.js';
import { decodeLedger, decodeMarker, type Ledger, tagInKey } from '../tags/marker-records.js';
import { type ExpiryNote, readExpiryNote } from '../tiers/expiry-note.js';

/** An entry whose end is to be told. */
export interface Ending extends PhysicalKey, ExpiryNote {
  readonly expiresAt: Millis;
}

/** Those that were there until their end: neither cleared, nor removed by an invalidation of their tags, before it. */
export async function survived(expired: readonly ExpiredEntry[], store: Store, call: StoreCall): Promise<Ending[]> {
  const endings = expired.flatMap(asEnding);
  const ledgers = await readLedgers(endings, store, call);
  const ledgerOf = ({ prefix }: Ending) => ledgers.get(prefix) as Ledger;
  const notCleared = endings.filter((ending) => !isWithinLife(ledgerOf(ending).clearedAt, ending));
  const mayBeRemoved = (ending: Ending) => ledgerOf(ending).invalidatedAt >= ending.createdAt;
  const removedAt = await readRemovals(notCleared.filter(mayBeRemoved), store, call);
  return notCleared.filter(
    (ending) => !ending.tags.some((tag) => isWithinLife(removedAt.get(markerKey(ending, tag)) ?? 0, ending)),
  );
}

function asEnding({ key, expiresAt, note }: ExpiredEntry): Ending[] {
  const split = splitPhysicalKey(key);
  return split === undefined || split.isRecord ? [] : [{ ...split, ...readExpiryNote(note), expiresAt }];
}

function isWithinLife(time: Millis, { createdAt, expiresAt }: Ending): boolean {
  return createdAt <= time && time < expiresAt;
}

async function readLedgers(endings: readonly Ending[], store: Store, call: StoreCall): Promise<Map<string, Ledger>> {
  const prefixes = [...new Set(endings.map(({ prefix }) => prefix))];
  if (prefixes.length === 0) return new Map();
  const stored = await store.get(prefixes.map(markerPrefixOf), call);
  return new Map(prefixes.map((prefix, at) => [prefix, decodeLedger(stored[at]?.bytes)]));
}

/** When the tags of these were removed last, by the keys of their markers. */
async function readRemovals(endings: readonly Ending[], store: Store, call: StoreCall): Promise<Map<string, Millis>> {
  const keys = [...new Set(endings.flatMap((ending) => ending.tags.map((tag) => markerKey(ending, tag))))];
  if (keys.length === 0) return new Map();
  const stored = await store.get(keys, call);
  return new Map(keys.map((key, at) => [key, decodeMarker(stored[at]?.bytes).removedAt]));
}

function markerKey({ prefix }: Ending, tag: string): string {
  return markerPrefixOf(prefix) + tagInKey(tag);
}
