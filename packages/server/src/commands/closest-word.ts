/** The word that was probably meant, or `undefined` if none is near. */
export function closestWord(typed: string, words: readonly string[]): string | undefined {
  const nearest = words
    .map((word) => ({ word, distance: word.startsWith(typed) ? 0.5 : distance(typed, word) }))
    .sort((left, right) => left.distance - right.distance)[0];
  return nearest !== undefined && nearest.distance <= Math.max(2, typed.length / 3) ? nearest.word : undefined;
}

/** How many letters are left out, added or changed (Levenshtein). */
function distance(one: string, other: string): number {
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one.slice(0, 64)].entries()) {
    const current = [row + 1];
    for (let column = 1; column <= other.length; column++) {
      const change = (last[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      current.push(Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, change));
    }
    last = current;
  }
  return last[other.length] ?? 0;
}
