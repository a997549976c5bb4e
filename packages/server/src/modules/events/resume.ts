import type { EventLog } from './event-log.js';

/** Where a stream begins: behind event `position`; with what is known to be missed, it begins with a `reset`. */
export interface Beginning {
  readonly position: number;
  readonly hasMissed: boolean;
}

const idPattern = /^([\w.]{12})-(\d{1,16})$/;

/** @param lastEventId - the last event that the reader has seen; `undefined` if it comes for the first time */
export function beginningAfter(log: EventLog, lastEventId: string | undefined): Beginning {
  if (lastEventId === undefined) return { position: log.last, hasMissed: false };
  const [, name, digits] = idPattern.exec(lastEventId) ?? [];
  const number = Number(digits);
  if (name === log.name && log.isKnown(number)) return { position: number, hasMissed: false };
  return { position: log.last, hasMissed: true };
}
