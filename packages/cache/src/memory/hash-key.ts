/**
 * A seeded 32-bit hash of a key (FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3). The seed is random
 * in each process, so that nobody outside can choose keys that collide.
 */
export function keyHasher(seed: number): (key: string) => number {
  return (key) => {
    let hash = seed ^ 0x811c9dc5;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
}
