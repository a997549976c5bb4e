import type { PayloadFormat } from './value-codec.js';

/** The wire envelope, version 1: spec/envelope.md says the same in words. All numbers are little-endian. */
export const MAGIC = 0xc1;
export const ENVELOPE_VERSION = 1;

export const AT_MAGIC = 0;
export const AT_ENVELOPE_VERSION = 1;
export const AT_FORMAT = 2;
export const AT_FLAGS = 3;
export const AT_PAYLOAD_OFFSET = 4;
export const AT_CREATED = 8;
export const AT_FRESH_UNTIL = 16;
export const AT_STALE_UNTIL = 24;
export const AT_PAYLOAD_LENGTH = 32;
export const AT_VERSION_LENGTH = 36;
export const AT_VERSION = 37;

/** The bytes are a Node `Buffer`. */
export const FLAG_BUFFER = 0b0000_0001;
export const FLAG_COMPRESSED = 0b0000_0010;
/** Compressed first, then encrypted. */
export const FLAG_ENCRYPTED = 0b0000_0100;
/** The payload is not what its format says, but what `payload-layers.ts` makes that of. */
export const FLAGS_WRAPPED = FLAG_COMPRESSED | FLAG_ENCRYPTED;
export const FLAGS_KNOWN = FLAG_BUFFER | FLAGS_WRAPPED;

export const MAX_VERSION_LENGTH = 255;

/** The position of a format is its number on the wire. */
export const formats: readonly PayloadFormat[] = ['json', 'tagged-json', 'text', 'bytes', 'none'];

/** Readers skip the types that they do not know. */
export const ATTRIBUTE_TAG = 1;
export const ATTRIBUTE_INDEX = 2;
export const ATTRIBUTE_LOAD_MILLIS = 3;
export const ATTRIBUTE_CONTENT_TYPE = 4;
export const ATTRIBUTE_ETAG = 5;
export const ATTRIBUTE_LAST_MODIFIED = 6;

/** One byte of type, four of length. */
export const ATTRIBUTE_HEADER_BYTES = 5;
