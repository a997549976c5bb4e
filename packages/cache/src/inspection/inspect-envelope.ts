import { decodeEnvelope, type EntryHeader } from '../codecs/envelope.js';
import { FLAG_COMPRESSED, FLAG_ENCRYPTED } from '../codecs/envelope-layout.js';
import { PayloadLayers, type Unwrapped } from '../codecs/payload-layers.js';
import { decodeValue, type EncodedValue, type PayloadFormat, viewOf } from '../codecs/value-codec.js';
import { type EncryptionOptions, resolveEncryption } from '../options/encryption-options.js';

export interface InspectEnvelopeOptions {
  /** Keys to open encrypted payloads with. */
  readonly encryption?: EncryptionOptions | undefined;
  /** Where the envelope stands in its store, without which an encrypted payload cannot be opened: `physicalKey`. */
  readonly physicalKey?: string | undefined;
}

/** What an envelope says; `reason` tells why bytes are none, in the words of the event `undecodable`. */
export type EnvelopeInspection =
  | {
      readonly isEnvelope: true;
      /** All of the entry but its value. */
      readonly attributes: EntryHeader;
      /** `none` is the place that a load has taken. */
      readonly format: PayloadFormat;
      readonly isCompressed: boolean;
      readonly isEncrypted: boolean;
      /** As it is in the store: compressed, encrypted. */
      readonly payloadBytes: number;
      readonly value: { readonly isReadable: true; readonly value: unknown } | Unreadable;
    }
  | { readonly isEnvelope: false; readonly reason: string };

interface Unreadable {
  readonly isReadable: false;
  readonly reason: string;
}

const attributesAlone = new PayloadLayers({ compression: undefined, encryption: undefined });

/**
 * Decodes a wire envelope (spec/envelope.md), as a store holds it, for tools that look at what is there: also one that
 * a cache would not answer with. Never throws because of the bytes.
 *
 * @throws InvalidOptionError if the keys cannot be used
 * @example
 * ```ts
 * const key = physicalKey(['tenants', 'default'], 'greeting');
 * const [stored] = await store.get([key], { now: Date.now() });
 * if (stored) console.log(await inspectEnvelope(stored.bytes, { physicalKey: key }));
 * ```
 */
export async function inspectEnvelope(
  bytes: Uint8Array,
  { encryption, physicalKey = '' }: InspectEnvelopeOptions = {},
): Promise<EnvelopeInspection> {
  const layers = layersFor(encryption);
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) return { isEnvelope: false, reason: envelope.reason };
  const { header, encoded, wrapping } = envelope;
  const step = layers.unwrap(viewOf(bytes), physicalKey, { bytes: 0 });
  return {
    isEnvelope: true,
    attributes: header,
    format: encoded.format,
    isCompressed: (wrapping & FLAG_COMPRESSED) !== 0,
    isEncrypted: (wrapping & FLAG_ENCRYPTED) !== 0,
    payloadBytes: Buffer.byteLength(encoded.payload),
    value: valueIn(encoded, typeof step === 'function' ? await step() : step),
  };
}

/** Whoever looks is shown what is not encrypted, also where a cache must refuse it. */
function layersFor(encryption: EncryptionOptions | undefined): PayloadLayers {
  if (encryption === undefined) return attributesAlone;
  const { keys } = resolveEncryption(encryption);
  return new PayloadLayers({ compression: undefined, encryption: { keys, unencrypted: 'read' } });
}

function valueIn(encoded: EncodedValue, unwrapped: Unwrapped) {
  const decoded = unwrapped.ok ? decodeValue({ ...encoded, payload: unwrapped.payload }, { freeze: false }) : unwrapped;
  return decoded.ok
    ? { isReadable: true as const, value: decoded.value }
    : { isReadable: false as const, reason: decoded.reason };
}
