import { InvalidOptionError } from '../errors.js';

/** A misspelt option that is silently ignored is the worst kind of default. */
export function refuseUnknownOptions(place: string, options: object, known: Iterable<string>): void {
  const names = known instanceof Set ? (known as ReadonlySet<string>) : new Set(known);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(`${place} takes an object of options: ${[...names].join(', ')}.`);
  }
  for (const name in options) {
    if (names.has(name)) continue;
    throw new InvalidOptionError(`${place} has no option '${name.slice(0, 40)}': it has ${[...names].join(', ')}.`);
  }
}
