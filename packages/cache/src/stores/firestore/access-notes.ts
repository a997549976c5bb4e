import type { Millis } from '../../contracts/time.js';
import type { Connection } from './connection.js';
import { documentWriter } from './document-writer.js';
import type { FoundDocument } from './documents.js';

const intervals = { hourly: 3_600_000, daily: 86_400_000 };

/** Notes when an entry was read, where it was not noted for a while. Nobody waits for it; what fails is not noted. */
export type NoteAccess = (key: string, found: FoundDocument, now: Millis) => void;

export function accessNotes(connection: Connection, trackAccess: keyof typeof intervals | undefined): NoteAccess {
  if (trackAccess === undefined) return () => {};
  const interval = intervals[trackAccess];
  const writer = documentWriter(connection);
  return (key, { updateTime, lastAccessed }, now) => {
    if (updateTime === undefined || now - lastAccessed < interval) return;
    // On the condition that it is as it was read: a deleted entry is not brought back.
    writer.write(key, updateTime, { last_accessed: new Date(now) }).catch(() => {});
  };
}
