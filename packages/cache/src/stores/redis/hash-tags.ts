/** A Redis Cluster divides its keys into this many slots, by the CRC16 of what stands between the first braces. */
const slots = 16_384;

/**
 * Entries of a cluster are spread over this many buckets, each with a hash tag of its own: few enough that one command
 * takes many keys, enough that any sensible number of primaries gets its share.
 */
export const bucketsOfCluster = 256;

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
export const tagLength = 3;

let knownTags: readonly string[] | undefined;

/** Tag i is of the i-th of 256 equal runs of slots: the first such text of three letters and digits. */
export function clusterTags(): readonly string[] {
  knownTags ??= findTags();
  return knownTags;
}

export function slotOfBucket(bucket: number): number {
  return slotOf(clusterTags()[bucket] as string);
}

function findTags(): string[] {
  const tags = new Array<string>(bucketsOfCluster);
  let missing = bucketsOfCluster;
  for (let number = 0; missing > 0; number++) {
    const tag = number.toString(alphabet.length).padStart(tagLength, '0');
    const run = Math.floor((slotOf(tag) * bucketsOfCluster) / slots);
    if (tags[run] !== undefined) continue;
    tags[run] = tag;
    missing--;
  }
  return tags;
}

/** The slot of a hash tag of ASCII: CRC16 (XMODEM) modulo the number of slots. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (let at = 0; at < tag.length; at++) {
    crc ^= tag.charCodeAt(at) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc % slots;
}
