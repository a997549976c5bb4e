import { type Check, ok, warning } from './check.js';

/** A clock elsewhere, as it was read: it showed `time`, give or take `error`, at some moment from `asked` to `answered`. */
export interface ClockReading {
  readonly asked: number;
  readonly answered: number;
  readonly time: number;
  /** How far it may be from what it should have shown. */
  readonly error: number;
}

/** How far the clock here is at least ahead of the other one (below zero: behind), whatever the way there took. */
export function certainOffset({ asked, answered, time, error }: ClockReading): number {
  if (asked > time + error) return asked - (time + error);
  if (answered < time - error) return answered - (time - error);
  return 0;
}

const tolerable = 1_000;

export function clockCheck(name: string, whose: string, reading: ClockReading, advice: string): Check {
  const offset = certainOffset(reading);
  if (offset === 0) return ok(name, `the same time here and ${whose}, as far as can be told`);
  const detail = `here it is ${spoken(Math.abs(offset))} ${offset > 0 ? 'later' : 'earlier'} than ${whose}`;
  return Math.abs(offset) <= tolerable ? ok(name, detail) : warning(name, detail, advice);
}

function spoken(millis: number): string {
  return millis < 1_000 ? `${Math.round(millis)} ms` : `${(millis / 1_000).toFixed(1)} s`;
}
