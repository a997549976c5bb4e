import type { Millis } from '@larder/cache';

/** In digits of base 36: enough until the year 5188. */
const timeLength = 9;
const countLength = 4;
const randomLength = 8;
const mostInOneMilli = 36 ** countLength;

export const auditIdPattern = new RegExp(`^[0-9a-z]{${timeLength + countLength + randomLength}}$`);

/**
 * Ids that no other process makes, and that sort as text by the time they were made at; those of one process in the very
 * order in which it made them, also within a millisecond and when its clock is set back.
 */
export function createAuditIds(randomDigits: (length: number) => string): (now: Millis) => string {
  let time = 0;
  let count = 0;
  return (now) => {
    const later = Math.floor(now);
    if (later > time) [time, count] = [later, 0];
    else if (++count === mostInOneMilli) [time, count] = [time + 1, 0];
    return digits(time, timeLength) + digits(count, countLength) + randomDigits(randomLength);
  };
}

export function timeOfAuditId(id: string): Millis {
  return Number.parseInt(id.slice(0, timeLength), 36);
}

function digits(value: number, length: number): string {
  return value.toString(36).padStart(length, '0');
}
