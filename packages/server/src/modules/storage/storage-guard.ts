/** What is told of each change of what a tenant keeps, and says whether there is room. */
export interface StorageGuard {
  /**
   * Resolves if the write may go on.
   *
   * @throws Problem `storage_quota`
   */
  admit(key: string, valueBytes: number): Promise<void>;
  wrote(key: string, valueBytes: number, isNew: boolean): void;
  removed(keys: number, keyBytes: number): void;
}
