/** A point in time: milliseconds since the Unix epoch. `Infinity` means "never". */
export type Millis = number;

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

/**
 * A length of time that says its unit: `'250ms'`, `'30s'`, `'10m'`, `'1h'`, `'7d'`, or `'never'` for no end.
 * A bare number does not compile, because nobody can tell whether it means seconds or milliseconds.
 */
export type Duration = `${number}${DurationUnit}` | 'never';

type SizeUnit = 'b' | 'kb' | 'mb' | 'gb';

/** An amount of memory: `'512b'`, `'64kb'`, `'64mb'`, `'1gb'`; a kilobyte has 1,024 bytes. */
export type Size = `${number}${SizeUnit}`;

/** Cancels what a {@link Clock} was asked to do later. */
export type Cancel = () => void;

/** Where time comes from. Injected everywhere, so that tests move it by hand and never sleep. */
export interface Clock {
  /** The exact time. */
  now(): Millis;
  /**
   * A cheaper time for the read path. It never runs ahead of {@link Clock.now} and stands still for at most the rest
   * of the running event loop turn and at most 32 calls.
   */
  coarseNow(): Millis;
  /** Runs `task` once after `delay` milliseconds. A pending task never keeps the process alive. */
  schedule(task: () => void, delay: number): Cancel;
}
