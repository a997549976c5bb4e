import type { Millis } from '@larder/cache';

const dayMillis = 86_400_000;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));

let day = Number.NaN;
let dayText = '';

/** As `Date.prototype.toISOString` writes it, at a fifth of its cost: most times are of the day of the one before. */
export function isoTime(time: Millis): string {
  const itsDay = Math.floor(time / dayMillis);
  if (itsDay !== day) {
    dayText = new Date(itsDay * dayMillis).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = itsDay;
  }
  const millis = Math.floor(time - itsDay * dayMillis);
  const seconds = Math.floor(millis / 1_000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}`;
  return `${dayText}${clock}.${three[millis % 1_000]}Z`;
}
