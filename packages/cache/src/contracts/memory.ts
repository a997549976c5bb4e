/** The most that the memory tier holds; both bounds hold together. */
export interface MemoryBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}
