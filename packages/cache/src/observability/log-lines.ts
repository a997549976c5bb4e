import type { CacheEvent, CacheEventType } from '../contracts/events.js';
import { describeError } from './describe-error.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How loud each event is unless the user says otherwise; `false` is not listened to, and then costs nothing. */
export const defaultLevels: Readonly<Record<CacheEventType, LogLevel | false>> = Object.freeze({
  hit: false,
  miss: false,
  load: false,
  set: false,
  delete: false,
  touch: false,
  'changed-elsewhere': false,
  evict: false,
  expire: false,
  'stale-served': false,
  refresh: 'debug',
  'load-overtaken': 'debug',
  'invalidate-tags': 'info',
  clear: 'info',
  'invalidated-elsewhere': 'debug',
  'cleared-elsewhere': 'debug',
  circuit: 'info',
  bus: 'info',
  'memory-doubted': 'debug',
  recovered: 'info',
  'load-error': 'warn',
  undecodable: 'warn',
  'write-dropped': 'warn',
  'recovery-lost': 'warn',
  'store-error': 'error',
});

const messages: Readonly<Record<CacheEventType, string>> = {
  hit: 'cache hit',
  miss: 'cache miss',
  load: 'loaded',
  set: 'entry set',
  delete: 'entry deleted',
  touch: 'entry given a new life',
  'changed-elsewhere': 'another process wrote or deleted keys',
  evict: 'entry evicted for space',
  expire: 'entry expired',
  'stale-served': 'stale entry served',
  refresh: 'refresh in the background began',
  'load-overtaken': 'loaded value not cached: the key was written or invalidated meanwhile',
  'invalidate-tags': 'tags invalidated',
  clear: 'namespace cleared',
  'invalidated-elsewhere': 'another process invalidated tags',
  'cleared-elsewhere': 'another process cleared the namespace',
  circuit: 'circuit breaker changed its state',
  bus: 'bus to other processes changed its state',
  'memory-doubted': 'memory asks the store before it answers: something may have been missed',
  'load-error': 'load failed',
  undecodable: 'stored entry cannot be read, and counts as a miss',
  'write-dropped': 'write did not reach the store',
  recovered: 'writes that had waited have reached the store',
  'recovery-lost': 'writes that had waited for the store are lost',
  'store-error': 'store call failed',
};

/** Facts that are of the cache's own making. What is not named here is not logged, so that no new field slips in. */
const harmlessFields = [
  'tier',
  'state',
  'age',
  'reason',
  'millis',
  'freshUntil',
  'remove',
  'operation',
  'store',
  'transport',
  'sets',
  'deletes',
  'invalidations',
  'clears',
];

const mostKeysInLine = 10;

export interface LineOptions {
  /** What of a key is shown; `undefined` shows no key. */
  readonly showKey: ((key: string) => string) | undefined;
  readonly errorMessages: boolean;
}

export interface LogLine {
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export function logLine(event: CacheEvent, { showKey, errorMessages }: LineOptions): LogLine {
  const fields: Record<string, unknown> = { event: event.type, namespace: event.namespace };
  for (const name of harmlessFields) {
    if (name in event) fields[name] = Reflect.get(event, name) as unknown;
  }
  if ('error' in event) fields.error = describeError(event.error, errorMessages);
  if ('keys' in event) fields.keyCount = event.keys.length;
  if ('tags' in event) fields.tagCount = event.tags.length;
  if (showKey !== undefined) Object.assign(fields, shownKeys(event, showKey));
  return { fields, message: messages[event.type] };
}

/** A tag names what a key names, and is as private. */
function shownKeys(event: CacheEvent, showKey: (key: string) => string): Record<string, unknown> {
  const shown = (keys: readonly string[]) => keys.slice(0, mostKeysInLine).map((key) => showKey(key));
  if ('key' in event) return { key: showKey(event.key) };
  if ('keys' in event) return { keys: shown(event.keys) };
  return 'tags' in event ? { tags: shown(event.tags) } : {};
}
