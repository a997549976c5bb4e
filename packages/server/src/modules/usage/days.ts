import type { Millis } from '@larder/cache';
import { Problem } from '../../http/problem.js';

/** A day of UTC, such as `2026-01-31`. */
export type Day = string;

const millisOfDay = 86_400_000;
export const keptDays = 400;
const defaultDays = 30;

export function dayAt(time: Millis): Day {
  return new Date(time).toISOString().slice(0, 10);
}

/**
 * The days that a request asks for, oldest first: by default the last thirty, up to today.
 *
 * @throws Problem unless they are days, in their order, and no more than are kept
 */
export function daysAskedFor(from: string | undefined, to: string | undefined, now: Millis): readonly Day[] {
  const last = to === undefined ? startOf(dayAt(now), 'to') : startOf(to, 'to');
  const first = from === undefined ? last - (defaultDays - 1) * millisOfDay : startOf(from, 'from');
  const count = (last - first) / millisOfDay + 1;
  if (count < 1) throw new Problem('invalid_request', 'from must not be later than to.');
  if (count > keptDays) throw new Problem('invalid_request', `Ask for ${keptDays} days at most.`);
  return Array.from({ length: count }, (_, at) => dayAt(first + at * millisOfDay));
}

function startOf(day: string, name: string): Millis {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 30 February for the first days of March in some engines.
  if (time >= 0 && dayAt(time) === day) return time;
  throw new Problem('invalid_request', `${name} must be a day, such as ${name}=2026-01-31.`);
}
