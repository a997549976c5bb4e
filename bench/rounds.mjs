/**
 * Runs every contestant once a round, in an order that moves on by one each round, so that a machine that slows down
 * or speeds up treats all alike. The first rounds are for warming up and do not count.
 */
export async function interleavedRounds(contestants, measure, { rounds, warmUps, progress }) {
  const samples = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds + warmUps; round++) {
    for (let at = 0; at < contestants.length; at++) {
      const contestant = contestants[(at + round) % contestants.length];
      const sample = await measure(contestant);
      if (round >= warmUps) samples.get(contestant.name).push(sample);
    }
    progress?.(round + 1, rounds + warmUps);
  }
  return samples;
}

export function median(samples) {
  const sorted = [...samples].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median over the rounds of the reference's sample divided by the contestant's: 1 is as fast, 0.5 half as fast. */
export function medianRatio(reference, samples) {
  return median(samples.map((sample, round) => reference[round] / sample));
}

export function showProgress(title) {
  if (!process.stderr.isTTY) return undefined;
  return (done, total) => {
    process.stderr.write(`\r${title}: round ${done} of ${total}${done === total ? '\n' : ''}`);
  };
}
