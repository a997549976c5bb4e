import { bucketsOfCluster, clusterTags } from '../hash-tags.js';

/** What the channels of all stores begin with: what an ACL rule can name. */
export const channelBeginning = 'larder:bus';

/** The channel of the stores that share a prefix in a database: Redis carries a channel through all its databases. */
export function channelOf(prefix: string, database: number): string {
  return `${channelBeginning}:${prefix}${database === 0 ? '' : `@${database}`}`;
}

/** On a cluster a channel has the slot of a bucket; channels of different names spread over the nodes. */
export function bucketOfChannel(channel: string): number {
  let sum = 0;
  for (let at = 0; at < channel.length; at++) sum = (Math.imul(sum, 31) + channel.charCodeAt(at)) >>> 0;
  return sum % bucketsOfCluster;
}

/** The name of a channel on a cluster, with the hash tag of a bucket. */
export function channelInBucket(channel: string, bucket: number): string {
  return `${channel}{${clusterTags()[bucket]}}`;
}
