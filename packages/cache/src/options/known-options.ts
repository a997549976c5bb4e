import { InvalidOptionError } from '../errors.js';

/** A misspelt option that is silently ignored is the worst kind of default. */
export function refuseUnknownOptions(place: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(`${place} takes an object of options: ${known.join(', ')}.`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new InvalidOptionError(`${place} has no option '${name.slice(0, 40)}': it has ${known.join(', ')}.`);
    }
  }
}
