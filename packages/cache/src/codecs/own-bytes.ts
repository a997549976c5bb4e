/**
 * For bytes that are to be kept: the same bytes, or a copy with memory of its own where the rest of what they keep alive is
 * larger than they are. A small Buffer is a part of a pool that it holds as a whole.
 */
export function ownBytes(value: unknown): unknown {
  if (!(value instanceof Uint8Array) || value.byteLength * 2 >= value.buffer.byteLength) return value;
  const copy = new Uint8Array(value);
  return Buffer.isBuffer(value) ? Buffer.from(copy.buffer) : copy;
}
