import { seededRandom } from '@larder/cache/testing';

/** 60,000 requests for 15,000 articles, article r with a chance proportional to 1 / r: the same in every run. */
export function recordedZipfTrace(): Uint32Array {
  const random = seededRandom(1);
  const articles = 15_000;
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= articles; rank++) {
    total += 1 / rank;
    cumulative.push(total);
  }
  return Uint32Array.from({ length: 60_000 }, () => {
    const wanted = random() * total;
    return cumulative.findIndex((sum) => sum >= wanted);
  });
}
