/** A part of the keys of an index term. */
export interface IndexPage {
  readonly keys: readonly string[];
  /** Some come after these. */
  readonly hasMore: boolean;
}

/**
 * The next keys in their order after `last`, the last that the caller has got. An index has no order of its own; with
 * this one a key that stays is listed once, whatever comes and goes between two pages.
 */
export function keysAfter(last: string | undefined, keys: readonly string[], limit: number): IndexPage {
  const rest = last === undefined ? [...keys] : keys.filter((key) => key > last);
  rest.sort();
  return { keys: rest.slice(0, limit), hasMore: rest.length > limit };
}
