/** The name that was probably meant by `text`, or `undefined` if none is near. */
export function closestName(text: string, names: Iterable<string>): string | undefined {
  // What is longer was no slip of the hand, and comparing it would take long.
  if (text.length > 64) return undefined;
  let closest: string | undefined;
  let least = Math.floor(Math.max(text.length, 3) / 3) + 1;
  for (const name of names) {
    const distance = editDistance(plain(text), plain(name));
    if (distance < least) [closest, least] = [name, distance];
  }
  return closest;
}

/** `max_bytes`, `max-bytes` and `MAXBYTES` mean `maxBytes`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** How many letters were left out, added, changed or swapped with the next one (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        at(current, column - 1) + 1,
        at(last, column) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
