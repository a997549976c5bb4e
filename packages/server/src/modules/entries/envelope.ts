import type { IndexTerms } from '@larder/cache';
import { bodySchema, detailKeyword, type JsonSchema } from '../../http/body-schema.js';
import { onlyIfAbsent, unconditional } from '../../http/conditional.js';
import { memberSpans } from '../../http/json-source.js';
import { binaryMediaType, isMediaType, jsonMediaType, textMediaType } from '../../http/media-type.js';
import { Problem } from '../../http/problem.js';
import { ttlSchema } from '../../http/ttl.js';
import { defaultLimits, type Limits } from '../../limits.js';
import type { EntryWrite } from './entry-write.js';

/** An envelope that its schema has let pass. */
export interface Envelope {
  readonly value?: unknown;
  readonly valueBase64?: string;
  readonly ttl?: number;
  readonly tags?: readonly string[];
  readonly indexes?: IndexTerms;
  readonly contentType?: string;
  readonly ifAbsent?: boolean;
}

const { tagsPerEntry, indexesPerEntry } = defaultLimits;
const longestTerm = 256;
const term = (what: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: longestTerm,
  [detailKeyword]: `${what} must be text of 1 to ${longestTerm} characters.`,
});

export const envelopeProperties: Readonly<Record<keyof Envelope, JsonSchema>> = {
  value: { description: 'Text is stored as its UTF-8, anything else as the very characters it is written with.' },
  valueBase64: {
    type: 'string',
    contentEncoding: 'base64',
    description: 'The value as base64 with padding (RFC 4648, section 4).',
  },
  ttl: ttlSchema,
  tags: { type: 'array', maxItems: tagsPerEntry, items: term('A tag') },
  indexes: {
    type: 'object',
    maxProperties: indexesPerEntry,
    propertyNames: term('The name of an index'),
    additionalProperties: term('An index term'),
    description: 'A term for each index, by its name.',
  },
  contentType: {
    type: 'string',
    description:
      'The media type of the value. Default: text/plain for text, application/json for other JSON, application/octet-stream for base64.',
  },
  ifAbsent: { type: 'boolean', description: 'Writes only where there is no such entry.' },
};

/** What an object with the members of an envelope must fulfil besides. */
export const oneValue: JsonSchema = {
  oneOf: [{ required: ['value'] }, { required: ['valueBase64'] }],
  [detailKeyword]: 'Either value or valueBase64 must be there, and not both.',
};

export const envelope = bodySchema<Envelope>({
  type: 'object',
  additionalProperties: false,
  properties: envelopeProperties,
  ...oneValue,
});

/** An envelope within a JSON text: the parsed object, and where in the text it begins. */
export interface EnvelopeSource {
  readonly object: Envelope;
  readonly source: string;
  readonly start: number;
}

/** The write that an envelope asks for. */
export function writeFromEnvelope(given: EnvelopeSource, limits: Limits): EntryWrite {
  const { ttl, tags = [], indexes = {}, contentType, ifAbsent } = given.object;
  const { value, defaultType } = valueIn(given);
  if (value.byteLength > limits.valueBytes) {
    throw new Problem('value_too_large', `The value has more than ${limits.valueBytes} bytes.`);
  }
  requireWellFormed([...tags, ...Object.entries(indexes).flat()]);
  return {
    value,
    contentType: contentType === undefined ? defaultType : checkedContentType(contentType),
    ttlSeconds: ttl,
    tags,
    indexes,
    conditions: ifAbsent === true ? onlyIfAbsent : unconditional,
  };
}

/** Text is stored as its UTF-8, any other JSON value as the very characters it was written with. */
function valueIn({ object, source, start }: EnvelopeSource): { value: Uint8Array; defaultType: string } {
  const { value, valueBase64 } = object;
  if (valueBase64 !== undefined) return { value: bytesFromBase64(valueBase64), defaultType: binaryMediaType };
  if (typeof value === 'string') return { value: bytesFromText(value), defaultType: textMediaType };
  const span = memberSpans(source, start).get('value');
  return { value: new TextEncoder().encode(source.slice(span?.start, span?.end)), defaultType: jsonMediaType };
}

function bytesFromText(text: string): Uint8Array {
  if (!text.isWellFormed()) throw invalid('value holds half of a surrogate pair, which has no UTF-8 form.');
  return new TextEncoder().encode(text);
}

function bytesFromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) {
    throw invalid('valueBase64 must be base64 with padding (RFC 4648, section 4).');
  }
  return new Uint8Array(bytes);
}

function checkedContentType(contentType: string): string {
  if (isMediaType(contentType)) return contentType;
  throw invalid('contentType must be a media type, such as text/plain.');
}

/** Which no schema can say. */
function requireWellFormed(terms: readonly string[]): void {
  if (terms.every((text) => text.isWellFormed())) return;
  throw invalid('A tag, the name of an index or an index term holds half of a surrogate pair.');
}

function invalid(detail: string): Problem {
  return new Problem('invalid_body', detail);
}
