/**
 * Makes a 32-bit string hash, signed: V8 keeps such numbers out of the heap, unsigned ones it may box. Both the start and
 * the multiplier come from the seed: keys that collide under one seed do not under another, so nobody outside can choose
 * them. Not a cryptographic hash: whoever learns the seed can collide keys, and what that buys is a wrong estimate of how
 * often a key is asked for.
 */
export function keyHasher(seed: number): (key: string) => number {
  const start = scramble(seed);
  // 5 modulo 8: odd, and not near 1, so that every step is one to one and stirs.
  const multiplier = (scramble(start ^ 0x9e3779b9) & ~7) | 5;
  return (key) => {
    let hash = start ^ key.length;
    for (let at = 0; at < key.length; at++) {
      hash = Math.imul(hash ^ key.charCodeAt(at), multiplier);
      hash ^= hash >>> 15;
    }
    return scramble(hash);
  };
}

export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

/** The finaliser of MurmurHash3 (Appleby, public domain): each bit of the input moves about half of the output's. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
