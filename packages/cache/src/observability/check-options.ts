import { InvalidOptionError } from '../errors.js';

/** Refuses what has not the methods that a reporter will call, when the program starts and not at the first event. */
export function requireMethods(subject: unknown, methods: readonly string[], advice: string): void {
  const hasMethod = (name: string) => typeof (subject as Record<string, unknown>)[name] === 'function';
  if (typeof subject === 'object' && subject !== null && methods.every(hasMethod)) return;
  throw new InvalidOptionError(advice);
}

/** As {@link requireMethods}, for a function that may be left out. */
export function requireFunctionIfGiven(name: string, given: unknown, advice: string): void {
  if (given === undefined || typeof given === 'function') return;
  throw new InvalidOptionError(`${name} is no function: ${advice}.`);
}
