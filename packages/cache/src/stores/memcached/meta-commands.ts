import type { WireKey } from './keys.js';

/* The meta commands of memcached 1.6 (doc/protocol.txt, "Meta Commands"), as far as they are used. */

/** A command without its opaque, which the connection adds. */
export interface MetaCommand {
  readonly head: string;
  readonly flags: string;
  /** A command of the classic protocol, which knows no opaque. */
  readonly isClassic?: true;
  readonly data?: Buffer;
}

export interface MetaGet {
  readonly value?: boolean;
  readonly cas?: boolean;
  /** Client flags and remaining time. */
  readonly times?: boolean;
  /** On a miss, make an empty item that lives so many seconds, and say who made it: `won`. */
  readonly vivify?: number;
  /** Say who is the first to ask with less than so many seconds left: `won`. */
  readonly recache?: number;
  /** Change the remaining time: seconds, or an absolute time. */
  readonly touch?: number;
}

export interface MetaSet {
  readonly data: Buffer;
  readonly clientFlags: number;
  /** Seconds, or an absolute time; 0: never. */
  readonly expires: number;
  /** Only if there is no item. */
  readonly add?: boolean;
  /** Only if the item still has this token. */
  readonly cas?: string;
  /** With `cas`: an older token than the item's stores all the same, and marks the item stale. */
  readonly invalidate?: boolean;
}

export interface MetaDelete {
  readonly cas?: string;
  /** Marks the item stale instead, for as long as `touch` says. */
  readonly invalidate?: boolean;
  readonly touch?: number;
}

export function metaGet(key: WireKey, asked: MetaGet): MetaCommand {
  let flags = flagsOf(key);
  // In the order of the flags: what is changed before what is told.
  if (asked.vivify !== undefined) flags += ` N${asked.vivify}`;
  if (asked.recache !== undefined) flags += ` R${asked.recache}`;
  if (asked.touch !== undefined) flags += ` T${asked.touch}`;
  if (asked.value) flags += ' v';
  if (asked.cas) flags += ' c';
  if (asked.times) flags += ' f t';
  return { head: `mg ${key.text}`, flags };
}

export function metaSet(key: WireKey, asked: MetaSet): MetaCommand {
  let flags = `${flagsOf(key)} F${asked.clientFlags} T${asked.expires}`;
  if (asked.add) flags += ' ME';
  if (asked.cas !== undefined) flags += ` C${asked.cas}`;
  if (asked.invalidate) flags += ' I';
  return { head: `ms ${key.text} ${asked.data.length}`, flags, data: asked.data };
}

export function metaDelete(key: WireKey, asked: MetaDelete = {}): MetaCommand {
  let flags = flagsOf(key);
  if (asked.cas !== undefined) flags += ` C${asked.cas}`;
  if (asked.invalidate) flags += ' I';
  if (asked.touch !== undefined) flags += ` T${asked.touch}`;
  return { head: `md ${key.text}`, flags };
}

/** Answered by `MN` and nothing else. */
export const metaNoop: MetaCommand = { head: 'mn', flags: '' };

/** Answered by a line for each figure, of which the time alone is kept. */
export const stats: MetaCommand = { head: 'stats', flags: '', isClassic: true };

function flagsOf({ isBase64 }: WireKey): string {
  return isBase64 ? ' b' : '';
}
