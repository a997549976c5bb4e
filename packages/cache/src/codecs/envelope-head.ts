import type { Millis } from '../contracts/time.js';
import { type Attributes, readAttributes } from './envelope-attributes.js';
import * as layout from './envelope-layout.js';
import { Undecodable } from './undecodable.js';
import type { PayloadFormat } from './value-codec.js';

/**
 * The head of an envelope, read and checked. Its version stays bytes until somebody asks for it: most readers want the
 * value, and making the text, and the entry around it, would cost them as much as decoding the value does.
 */
export class EnvelopeHead {
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
  readonly attributes: Attributes;
  readonly format: PayloadFormat;
  /** The bytes are a Node `Buffer`. */
  readonly isBuffer: boolean;
  /** The flags of what was done to the payload; 0 for none, and then it can be decoded. */
  readonly wrapping: number;
  readonly payloadAt: number;
  readonly envelope: Buffer;

  /** @throws Undecodable */
  constructor(envelope: Buffer) {
    this.format = readFormat(envelope);
    const flags = envelope[layout.AT_FLAGS] as number;
    this.payloadAt = envelope.readUInt32LE(layout.AT_PAYLOAD_OFFSET);
    const attributesAt = versionEndIn(envelope);
    if (attributesAt > this.payloadAt) throw new Undecodable('The version ends after the header.');
    if (this.payloadAt + envelope.readUInt32LE(layout.AT_PAYLOAD_LENGTH) !== envelope.length) {
      throw new Undecodable('The envelope is not as long as it says.');
    }
    this.isBuffer = (flags & layout.FLAG_BUFFER) !== 0;
    if (this.isBuffer && this.format !== 'bytes') {
      throw new Undecodable('The Buffer flag is set on a payload that is not bytes.');
    }
    this.attributes = readAttributes(envelope, attributesAt, this.payloadAt);
    this.createdAt = envelope.readDoubleLE(layout.AT_CREATED);
    this.freshUntil = envelope.readDoubleLE(layout.AT_FRESH_UNTIL);
    this.staleUntil = envelope.readDoubleLE(layout.AT_STALE_UNTIL);
    if (Number.isNaN(this.createdAt) || Number.isNaN(this.freshUntil) || Number.isNaN(this.staleUntil)) {
      throw new Undecodable('A time is not a number.');
    }
    refuseUnprintable(envelope, attributesAt);
    this.wrapping = flags & layout.FLAGS_WRAPPED;
    this.envelope = envelope;
  }

  get version(): string {
    return this.envelope.toString('latin1', layout.AT_VERSION, versionEndIn(this.envelope));
  }
}

function readFormat(input: Buffer): PayloadFormat {
  if (input.length < layout.AT_VERSION) throw new Undecodable('There are fewer bytes than an envelope has.');
  if (input[layout.AT_MAGIC] !== layout.MAGIC) throw new Undecodable('The bytes are no envelope.');
  const envelopeVersion = input[layout.AT_ENVELOPE_VERSION] as number;
  if (envelopeVersion !== layout.ENVELOPE_VERSION) {
    throw new Undecodable(`The envelope has version ${envelopeVersion}; this reader knows ${layout.ENVELOPE_VERSION}.`);
  }
  const reserved = (input[layout.AT_FLAGS] as number) & ~layout.FLAGS_KNOWN;
  if (reserved !== 0) throw new Undecodable(`The envelope has the reserved flags ${reserved}.`);
  const format = layout.formats[input[layout.AT_FORMAT] as number];
  if (format !== undefined) return format;
  throw new Undecodable(`The envelope has the unknown payload format ${input[layout.AT_FORMAT]}.`);
}

function versionEndIn(envelope: Buffer): number {
  return layout.AT_VERSION + (envelope[layout.AT_VERSION_LENGTH] as number);
}

function refuseUnprintable(envelope: Buffer, versionEnd: number): void {
  for (let at = layout.AT_VERSION; at < versionEnd; at++) {
    const byte = envelope[at] as number;
    if (byte < 0x21 || byte > 0x7e) throw new Undecodable('The version is not printable ASCII.');
  }
}
