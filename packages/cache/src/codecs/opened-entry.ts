import type { Entry } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';
import { entryOf } from './entry-of.js';
import type { EnvelopeHead } from './envelope-head.js';
import { type DecodedValue, type DecodeOptions, decodePayload } from './value-codec.js';

/** An entry with its value decoded. What most readers do not ask for is made when they do. */
export class OpenedEntry {
  readonly value: unknown;
  readonly freshUntil: Millis;
  /** See {@link DecodedValue}. */
  readonly isMutable: boolean;
  readonly size: number;
  readonly #head: EnvelopeHead;
  #entry: Entry | undefined;

  constructor(
    head: EnvelopeHead,
    value: unknown,
    { isMutable, size }: { readonly isMutable: boolean; readonly size: number },
    freshUntil: Millis,
  ) {
    this.value = value;
    this.freshUntil = freshUntil;
    this.isMutable = isMutable;
    this.size = size;
    this.#head = head;
  }

  get createdAt(): Millis {
    return this.#head.createdAt;
  }

  get tags(): readonly string[] {
    return this.#head.attributes.tags;
  }

  /** The frozen entry. */
  get entry(): Entry {
    this.#entry ??= this.#makeEntry();
    return this.#entry;
  }

  #makeEntry(): Entry {
    const { createdAt, staleUntil, version, attributes } = this.#head;
    return entryOf(this.value, version, { createdAt, freshUntil: this.freshUntil, staleUntil }, attributes);
  }

  withFreshUntil(freshUntil: Millis): OpenedEntry {
    return new OpenedEntry(this.#head, this.value, this, freshUntil);
  }
}

/** The payload of an envelope is neither compressed nor encrypted. Never throws. */
export function openPlain(head: EnvelopeHead, options: DecodeOptions): OpenedEntry | Failure {
  return opened(head, decodePayload(head.format, head.envelope, head.payloadAt, head.isBuffer, options));
}

/** As {@link openPlain}, with the payload as it was before it was compressed and encrypted. */
export function openUnwrapped(head: EnvelopeHead, payload: Uint8Array, options: DecodeOptions): OpenedEntry | Failure {
  return opened(head, decodePayload(head.format, payload, 0, head.isBuffer, options));
}

function opened(head: EnvelopeHead, decoded: DecodedValue): OpenedEntry | Failure {
  return decoded.ok ? new OpenedEntry(head, decoded.value, decoded, head.freshUntil) : decoded;
}

type Failure = Extract<DecodedValue, { readonly ok: false }>;
