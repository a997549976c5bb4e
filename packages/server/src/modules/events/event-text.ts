import type { EventLog } from './event-log.js';
import type { TenantEvent } from './tenant-event.js';

/** A comment: it keeps proxies from taking the connection for idle, and readers ignore it. */
export const heartbeatText = ':\n\n';

/** One event of the format that HTML calls text/event-stream. JSON has no line breaks. */
export function eventText(id: string, { type, ...data }: TenantEvent | ReadyEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The first event of each stream. */
export interface ReadyEvent {
  readonly type: 'ready';
  /** Whose changes the stream tells: those through every node, or through this one alone. */
  readonly covers: 'all' | 'node';
}

export function idOf({ name }: EventLog, number: number): string {
  return `${name}-${number}`;
}
