/** What is told of each change of what a tenant keeps, and says whether there is room. */
export interface StorageGuard {
  /**
   * Resolves if the write may go on.
   *
   * @throws Problem `storage_quota`
   */
  admit(key: string, valueBytes: number): Promise<void>;
  /**
   * As `admit`, for what makes an entry larger by so much at most.
   *
   * @throws Problem `storage_quota`
   */
  admitGrowth(bytes: number): Promise<void>;
  grew(bytes: number): void;
  wrote(key: string, valueBytes: number, isNew: boolean): void;
  /** To be called before a delete; the answer is told what was deleted. */
  removing(): (keys: number, keyBytes: number) => void;
}
