import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { readCursor, writeCursor } from './cursor.js';
import type { ListedEntries, PageRequest } from './listed-entries.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';
import { isScanPosition, type ScanPosition, scanStep, startOfScan } from './scan-steps.js';
import { runScript } from './scripts/script.js';
import { whichAreLive } from './scripts/which-are-live.js';

/** A SCAN may find nothing in what it looks at: so many of them make a page at most. */
const stepsPerPage = 16;

/** Where a listing goes on (nowhere after the last SCAN), and the keys found already that found no room. */
type ScanCursor = readonly [position: ScanPosition | null, found: readonly string[]];

/** A page of the live keys that begin with `prefix`. */
export async function scanPage(
  entries: ListedEntries,
  prefix: string,
  page: PageRequest,
  now: Millis,
): Promise<KeyPage> {
  const start: ScanCursor = [startOfScan, []];
  let [position, leftOver] = page.cursor === undefined ? start : readCursor(page.cursor, isScanCursor);
  const found = [...leftOver];
  try {
    for (let step = 0; position !== null && found.length < page.limit && step < stepsPerPage; step++) {
      const scanned = await scanStep(entries, prefix, position, page.limit);
      found.push(...scanned.keys);
      position = scanned.next;
    }
    const keys = await onlyLive(entries, found.slice(0, page.limit), now);
    const rest = found.slice(page.limit);
    return position === null && rest.length === 0 ? { keys } : { keys, cursor: writeCursor([position, rest]) };
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Redis keeps an entry a little longer than it lives. */
async function onlyLive({ connection, keys }: ListedEntries, found: readonly string[], now: Millis): Promise<string[]> {
  const names = found.map((key) => keys.ofEntry(key));
  const groups = new Map<number, number[]>();
  for (const [at, name] of names.entries()) {
    const bucket = keys.bucketOf(name);
    groups.set(bucket, [...(groups.get(bucket) ?? []), at]);
  }
  const live = new Array<boolean>(found.length);
  const looks = [...groups.values()].map(async (positions) => {
    const ofBucket = positions.map((at) => names[at] as string);
    const said = await runScript(connection, whichAreLive, ofBucket, [String(now)]);
    if (!Buffer.isBuffer(said) || said.length !== positions.length) throw unexpectedReply('EVALSHA');
    for (const [index, at] of positions.entries()) live[at] = said[index] === 'y'.charCodeAt(0);
  });
  await Promise.all(looks);
  return found.filter((_, at) => live[at]);
}

function isScanCursor(parts: unknown): parts is ScanCursor {
  if (!Array.isArray(parts) || parts.length !== 2) return false;
  const [position, found] = parts;
  const areKeys = Array.isArray(found) && found.every((key) => typeof key === 'string');
  return areKeys && (position === null || isScanPosition(position));
}
