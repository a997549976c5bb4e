import { describe, expect, it } from 'vitest';
import { bucketsOfCluster, clusterTags, slotOf, slotOfBucket, tagLength } from '../../../src/stores/redis/hash-tags.js';
import { PhysicalKeys } from '../../../src/stores/redis/physical-keys.js';

describe('hash tags', () => {
  it('have the slots that Redis gives them', () => {
    // The example of the Redis Cluster specification, and answers of CLUSTER KEYSLOT.
    expect(slotOf('123456789')).toBe(0x31c3);
    expect([slotOf('foo'), slotOf('bar'), slotOf('user1000')]).toEqual([12_182, 5_061, 3_443]);
  });

  it('are spread evenly: one in each of 256 runs of 64 slots', () => {
    const runs = clusterTags().map((_, bucket) => Math.floor(slotOfBucket(bucket) / 64));
    expect(runs).toEqual(Array.from({ length: bucketsOfCluster }, (_, run) => run));
    expect(clusterTags().every((tag) => tag.length === tagLength)).toBe(true);
  });
});

describe('physical keys on a cluster', () => {
  const keys = new PhysicalKeys('p:', true);

  it.each(['{a}b', '{', '}{', '{}', '{{000}}', ':{000}:', '000}'])('let no brace of %s choose the slot', (key) => {
    const name = keys.ofEntry(key);
    expect(/^p:\{([^}]*)\}/.exec(name)?.[1]).toBe(clusterTags()[keys.bucketOf(name)]);
    expect(keys.userKey(name)).toBe(key);
  });

  it('spread keys that differ only at their end over all buckets', () => {
    const counts = new Array<number>(bucketsOfCluster).fill(0);
    for (let index = 0; index < 25_600; index++) {
      const bucket = keys.bucketOf(keys.ofEntry(`4:shop:user:${index}`));
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(160);
  });
});
