export type { EncryptionKey, EncryptionOptions } from '../options/encryption-options.js';
export { type EnvelopeInspection, type InspectEnvelopeOptions, inspectEnvelope } from './inspect-envelope.js';
export { physicalKey } from './physical-key.js';
