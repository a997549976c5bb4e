/** What the channels of all stores begin with: what an ACL rule can name. */
export const channelBeginning = 'larder:bus';

/**
 * The channel of the stores that share a prefix in a database. Redis carries a channel through all of its databases, and
 * sharded pub/sub finds the node of it by its whole name, so the channels of different prefixes spread over a cluster.
 */
export function channelOf(prefix: string, database: number): string {
  return `${channelBeginning}:${prefix}${database === 0 ? '' : `@${database}`}`;
}
