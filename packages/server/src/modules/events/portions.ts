/** The keys in their order, in lists of which none takes more than so many bytes of JSON; at least one key in each. */
export function inPortions(keys: readonly string[], mostBytes: number): string[][] {
  const portions: string[][] = [];
  let room = 0;
  for (const key of keys) {
    const bytes = Buffer.byteLength(JSON.stringify(key)) + 1;
    const current = portions.at(-1);
    if (current === undefined || bytes > room) {
      portions.push([key]);
      room = mostBytes - bytes;
    } else {
      current.push(key);
      room -= bytes;
    }
  }
  return portions;
}
