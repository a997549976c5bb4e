/** Keys as a popularity law picks them: rank r with a chance proportional to 1 / r^exponent. Seeded: same keys each run. */
export function zipfKeys({ keys, exponent, draws, seed }) {
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 0; rank < keys; rank++) {
    total += 1 / (rank + 1) ** exponent;
    cumulative[rank] = total;
  }
  const random = mulberry32(seed);
  const names = Array.from({ length: keys }, (_, rank) => `user:${rank}`);
  return { names, drawn: Array.from({ length: draws }, () => names[firstAtLeast(cumulative, random() * total)]) };
}

function firstAtLeast(sorted, wanted) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
