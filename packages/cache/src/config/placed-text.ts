import type { ConfigProblem } from '../errors.js';

/** The text of a setting, and where it stands. */
export interface PlacedText {
  readonly text: string;
  readonly place: Place;
  /** True where a part of it came out of a variable, and may therefore be secret. */
  readonly isInterpolated: boolean;
}

/** A line of a file, or an environment variable. */
export type Place =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'environment'; readonly variable: string };

/**
 * What is wrong with a setting, in the words of where it was written: `larder.yaml:3: memory.maxBytes …, Example:
 * maxBytes: 64mb`, or `LARDER_TTL …, Example: LARDER_TTL=10m`.
 */
export function problemAt(place: Place, name: string, reason: string, example?: string): ConfigProblem {
  if (place.kind === 'environment') {
    return {
      name: place.variable,
      reason,
      ...(example === undefined ? {} : { example: `${place.variable}=${example}` }),
    };
  }
  const last = name.slice(name.lastIndexOf('.') + 1);
  const { file, line } = place;
  return { name, file, line, reason, ...(example === undefined ? {} : { example: `${last}: ${example}` }) };
}

/** How a message calls the text: quoted and cut, so that a line stays a line. What may be secret is not repeated. */
export function shownText({ text, isInterpolated }: PlacedText, isSecret: boolean): string {
  if (isSecret || isInterpolated) return 'its value';
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
