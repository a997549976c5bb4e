import { decodeEnvelope, encodeEntry, openEntry } from '../codecs/envelope.js';
import type { PayloadLayers } from '../codecs/payload-layers.js';
import { viewOf } from '../codecs/value-codec.js';

export type ReadMessage =
  /** Frozen; what cannot be frozen has to be copied for each reader (`isMutable`). */
  { readonly ok: true; readonly message: unknown; readonly isMutable: boolean } | { readonly ok: false };

const unreadable: ReadMessage = Object.freeze({ ok: false });

/** A message travels as an envelope (spec/envelope.md), of which only the payload is of interest. */
const bareHeader = Object.freeze({
  createdAt: 0,
  freshUntil: Number.POSITIVE_INFINITY,
  staleUntil: Number.POSITIVE_INFINITY,
  version: '',
  tags: Object.freeze([]),
  indexes: Object.freeze({}),
});

/**
 * Message <-> bytes.
 *
 * @param layers - encryption, or nothing: what is compressed could not be read at once, and messages keep their order
 */
export class MessageCodec {
  readonly #layers: PayloadLayers;

  constructor(layers: PayloadLayers) {
    this.#layers = layers;
  }

  /**
   * @param place - what an encrypted message is bound to: moved to another channel, it is not authentic
   * @throws UnsupportedValueError if the message would not come back as it went in
   */
  encode(message: unknown, place: string): Uint8Array {
    return this.#layers.wrapNow(encodeEntry({ value: message, ...bareHeader }), place);
  }

  /** Never throws. What is read may share its memory with `bytes` where it is mutable. */
  decode(bytes: Uint8Array, place: string): ReadMessage {
    const envelope = decodeEnvelope(bytes);
    if (!envelope.ok) return unreadable;
    const plain = this.#layers.unwrap(viewOf(bytes), place, { bytes: 0 });
    if (typeof plain === 'function' || !plain.ok) return unreadable;
    const opened = openEntry(envelope.header, { ...envelope.encoded, payload: plain.payload }, { freeze: true });
    if (!opened.ok) return unreadable;
    return { ok: true, message: opened.entry.value, isMutable: opened.isMutable };
  }
}
