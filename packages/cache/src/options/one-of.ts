import { InvalidOptionError } from '../errors.js';

export function oneOf<const Choice extends string>(name: string, value: Choice, choices: readonly Choice[]): Choice {
  if (choices.includes(value)) return value;
  throw new InvalidOptionError(
    `${name} is ${String(value)}: write ${choices.map((choice) => `'${choice}'`).join(' or ')}.`,
  );
}
