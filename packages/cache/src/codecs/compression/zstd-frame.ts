const magic = 0xfd2fb528;
const dictionaryIdBytes = [0, 1, 2, 4] as const;

/** The content size that a Zstandard frame says (RFC 8878, section 3.1.1.1); `undefined` if it is none, or says none. */
export function zstdContentSize(frame: Buffer): number | undefined {
  if (frame.length < 6 || frame.readUInt32LE(0) !== magic) return undefined;
  const descriptor = frame[4] as number;
  const isSingleSegment = (descriptor & 0b0010_0000) !== 0;
  const sizeFlag = descriptor >> 6;
  const at = 5 + (isSingleSegment ? 0 : 1) + (dictionaryIdBytes[descriptor & 0b11] as number);
  if (sizeFlag === 0) return isSingleSegment && at < frame.length ? frame[at] : undefined;
  if (at + (1 << sizeFlag) > frame.length) return undefined;
  if (sizeFlag === 1) return frame.readUInt16LE(at) + 256;
  return sizeFlag === 2 ? frame.readUInt32LE(at) : Number(frame.readBigUInt64LE(at));
}
