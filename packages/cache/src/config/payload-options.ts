import type { ConfigProblem } from '../errors.js';
import type { CreateCacheOptions } from '../options/cache-options.js';
import type { CompressionOptions } from '../options/compression-options.js';
import type { EncryptionOptions } from '../options/encryption-options.js';
import type { Texts } from './file-texts.js';
import { problemAt } from './placed-text.js';
import { section, type Values } from './read-values.js';

/** What becomes of payloads on their way to a store. */
export type PayloadOptions = Pick<CreateCacheOptions, 'compression' | 'encryption'>;

/** What becomes of payloads on their way to a store; a section without what it is about goes to `problems`. */
export function payloadOptions(texts: Texts, values: Values, problems: ConfigProblem[]): PayloadOptions {
  refuseHalves(texts, problems);
  const isCompressed = values.has('compression.codec') && values.get('compression') !== false;
  return {
    ...(isCompressed ? { compression: section(values, 'compression') as CompressionOptions } : {}),
    ...(values.has('encryption.keys') ? { encryption: section(values, 'encryption') as EncryptionOptions } : {}),
  };
}

/** A section without what it is about would have no effect. */
function refuseHalves(texts: Texts, problems: ConfigProblem[]): void {
  const above = texts.get('compression.above');
  if (above !== undefined && !texts.has('compression') && !texts.has('compression.codec')) {
    problems.push(
      problemAt(above.place, 'compression', 'cannot be used: it has no codec', '{ codec: gzip, above: 4kb }'),
    );
  }
  const unencrypted = texts.get('encryption.unencrypted');
  if (unencrypted !== undefined && !texts.has('encryption.keys')) {
    const example = `{ keys: \${ENCRYPTION_KEYS}, unencrypted: refuse }`;
    problems.push(problemAt(unencrypted.place, 'encryption', 'cannot be used: it has no keys', example));
  }
}
