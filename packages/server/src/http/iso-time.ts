import type { Millis } from '@larder/cache';

const minuteMillis = 60_000;
const minutesOfDay = 1_440;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));

let day = Number.NaN;
let dayText = '';
let minute = Number.NaN;
let minuteText = '';

/** As `Date.prototype.toISOString` writes it, at a fifth of its cost: most times are of the minute of the one before. */
export function isoTime(time: Millis): string {
  const itsMinute = Math.floor(time / minuteMillis);
  if (itsMinute !== minute) {
    minuteText = textOfMinute(itsMinute);
    minute = itsMinute;
  }
  const millis = Math.floor(time - itsMinute * minuteMillis);
  return `${minuteText}${two[Math.floor(millis / 1_000)]}.${three[millis % 1_000]}Z`;
}

function textOfMinute(itsMinute: number): string {
  const itsDay = Math.floor(itsMinute / minutesOfDay);
  if (itsDay !== day) {
    dayText = new Date(itsDay * minutesOfDay * minuteMillis).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = itsDay;
  }
  const ofDay = itsMinute - itsDay * minutesOfDay;
  return `${dayText}${two[Math.floor(ofDay / 60)]}:${two[ofDay % 60]}:`;
}
