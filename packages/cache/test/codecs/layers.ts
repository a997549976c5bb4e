import { createSecretKey } from 'node:crypto';
import { type CompressionCodec, compressionCodecs } from '../../src/codecs/compression/compressor.js';
import { compressorOf } from '../../src/codecs/compression/compressors.js';
import type { NamedSecret } from '../../src/codecs/encryption/sealed-payload.js';
import { decodeEnvelope, encodeEntry, openEntry } from '../../src/codecs/envelope.js';
import { PayloadLayers } from '../../src/codecs/payload-layers.js';
import type { Entry } from '../../src/contracts/entry.js';

/** A secret of one byte repeated is good enough here. */
export function secretOf(id: string, byte: number): NamedSecret {
  return { id, secret: createSecretKey(Buffer.alloc(32, byte)) };
}

export interface LayerOptions {
  readonly codec?: CompressionCodec | undefined;
  readonly above?: number;
  readonly keys?: readonly [NamedSecret, ...NamedSecret[]] | undefined;
  readonly unencrypted?: 'read' | 'refuse';
}

export function layersOf({ codec, above = 0, keys, unencrypted = 'read' }: LayerOptions): PayloadLayers {
  return new PayloadLayers({
    compression: codec === undefined ? undefined : { codec, above },
    encryption: keys === undefined ? undefined : { keys, unencrypted },
  });
}

export const bare = {
  createdAt: 1_700_000_000_000,
  freshUntil: 1_700_000_060_000,
  staleUntil: 1_700_000_090_000,
  version: 'k3x.9',
  tags: ['user:1'],
  indexes: { email: 'a@example.org' },
};

export function envelopeOf(value: unknown): Buffer {
  return encodeEntry({ ...bare, value });
}

/** Whichever way it takes: at once or later. */
export async function opened(layers: PayloadLayers, bytes: Buffer, key: string): Promise<Entry | { reason: string }> {
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) return { reason: envelope.reason };
  const unwrapping = layers.unwrap(bytes, key, { bytes: 64 * 1024 });
  const unwrapped = typeof unwrapping === 'function' ? await unwrapping() : unwrapping;
  if (!unwrapped.ok) return { reason: unwrapped.reason };
  const decoded = openEntry(envelope.header, { ...envelope.encoded, payload: unwrapped.payload }, { freeze: true });
  return decoded.ok ? decoded.entry : { reason: decoded.reason };
}

/** Every codec, and none, with and without encryption. */
export const combinations: readonly { readonly name: string; readonly options: LayerOptions }[] = [
  undefined,
  ...compressionCodecs,
].flatMap((codec) => [
  { name: `${codec ?? 'no codec'}`, options: { codec } },
  { name: `${codec ?? 'no codec'}, encrypted`, options: { codec, keys: [secretOf('2026-11', 7)] as const } },
]);

/** Where a package has to be loaded, the test waits for it once. */
export async function loadAllCodecs(): Promise<void> {
  for (const codec of compressionCodecs) await compressorOf(codec);
}
