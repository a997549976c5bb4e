import type { StoreTime } from '../../contracts/store.js';
import type { Answer } from './connection.js';
import { failed } from './remote-errors.js';

/** `Date` has whole seconds, and Node writes it once a second: what it shows is up to two seconds less than the time. */
const error = 1_000;

export function timeIn({ fields: { date } }: Answer): StoreTime {
  const shown = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(shown)) throw failed('The service did not tell its time: its answers have no Date.');
  return { time: shown + error, error };
}
