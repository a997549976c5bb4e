import type { Duration, Millis } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';

const millisPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Parsing is pure and programs use few different durations: each is parsed once. Bounded against made-up input. */
const parsed = new Map<unknown, Millis>();
const parsedLimit = 1_000;

/**
 * Milliseconds of a duration; `Infinity` for `'never'`.
 *
 * @param name - the option's name, for the message
 * @throws InvalidOptionError if the text has no unit, is not positive, or is no duration at all
 */
export function parseDuration(duration: Duration, name: string): Millis {
  const known = parsed.get(duration);
  if (known !== undefined) return known;
  const millis = readDuration(duration, name);
  if (parsed.size < parsedLimit) parsed.set(duration, millis);
  return millis;
}

/** As {@link parseDuration}, but no time at all (`'0s'`) is a length too: it turns a window off. */
export function parseWindow(duration: Duration, name: string): Millis {
  return typeof duration === 'string' && /^0+(?:\.0+)?(?:ms|s|m|h|d)$/.test(duration)
    ? 0
    : parseDuration(duration, name);
}

function readDuration(duration: unknown, name: string): Millis {
  if (duration === 'never') return Number.POSITIVE_INFINITY;
  if (typeof duration === 'number') {
    throw new InvalidOptionError(
      `${name} is the bare number ${duration}, which does not say its unit: write '${duration}ms' or '${duration}s'.`,
    );
  }
  const match = typeof duration === 'string' ? durationPattern.exec(duration) : null;
  if (match === null) {
    throw new InvalidOptionError(
      `${name} is ${describe(duration)}, which is no duration: write '250ms', '30s', '10m', '1h', '7d' or 'never'.`,
    );
  }
  const millis = Number(match[1]) * millisPerUnit[match[2] as keyof typeof millisPerUnit];
  if (millis < 1 || millis > Number.MAX_SAFE_INTEGER) {
    throw new InvalidOptionError(
      `${name} is ${describe(duration)}: it must be at least '1ms'; for no end write 'never'.`,
    );
  }
  return Math.round(millis);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value === null ? 'null' : typeof value);
}
