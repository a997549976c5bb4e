/**
 * Makes a 32-bit string hash, signed: V8 keeps such numbers out of the heap, unsigned ones it may box. Both the start and
 * the multipliers come from the seed: keys that collide under one seed do not under another, so nobody outside can choose
 * them. Not a cryptographic hash: whoever learns the seed can collide keys, and what that buys is longer searches for
 * them, and a wrong estimate of how often a key is asked for.
 *
 * Two lanes, because the steps of one wait for each other. One character a step: with two, a difference in the highest
 * bit would pass the multiplication unchanged under any seed, and the next step could be made to cancel it.
 */
export function keyHasher(seed: number): (key: string) => number {
  const start = scramble(seed);
  // 5 modulo 8: odd, and not near 1, so that every step is one to one and stirs.
  const first = (scramble(start ^ 0x9e3779b9) & ~7) | 5;
  const second = (scramble(first) & ~7) | 5;
  return (key) => {
    const { length } = key;
    let even = start ^ length;
    let odd = second;
    let at = 0;
    for (; at + 1 < length; at += 2) {
      even = Math.imul(even ^ key.charCodeAt(at), first);
      odd = Math.imul(odd ^ key.charCodeAt(at + 1), second);
      even ^= even >>> 15;
      odd ^= odd >>> 15;
    }
    if (at < length) {
      even = Math.imul(even ^ key.charCodeAt(at), first);
      even ^= even >>> 15;
    }
    return scramble(even ^ Math.imul(odd, first));
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
