/** The right to load one key, among all processes that share a store. */
export interface ClusterLease {
  /** Runs `load` while this process holds the right, or knows that it cannot be had; lets go on every exit. */
  hold<T>(key: string, signal: AbortSignal, load: () => Promise<T>): Promise<T>;
}
