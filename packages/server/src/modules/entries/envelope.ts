import type { IndexTerms } from '@larder/cache';
import { onlyIfAbsent, unconditional } from '../../http/conditional.js';
import { isJsonObject, type JsonObject } from '../../http/json-document.js';
import { memberSpans } from '../../http/json-source.js';
import { binaryMediaType, isMediaType, jsonMediaType, textMediaType } from '../../http/media-type.js';
import { Problem } from '../../http/problem.js';
import { checkedSeconds } from '../../http/ttl.js';
import type { Limits } from '../../limits.js';
import type { EntryWrite } from './entry-write.js';

/** What an envelope may hold. */
export const envelopeMembers = ['value', 'valueBase64', 'ttl', 'tags', 'indexes', 'contentType', 'ifAbsent'] as const;

/** An envelope within a JSON text: the parsed object, and where in the text it begins. */
export interface EnvelopeSource {
  readonly object: JsonObject;
  readonly source: string;
  readonly start: number;
}

/** The write that an envelope asks for. */
export function writeFromEnvelope(envelope: EnvelopeSource, limits: Limits): EntryWrite {
  const { ttl, tags, indexes, contentType, ifAbsent } = envelope.object;
  const { value, defaultType } = valueIn(envelope);
  if (value.byteLength > limits.valueBytes) {
    throw new Problem('value_too_large', `The value has more than ${limits.valueBytes} bytes.`);
  }
  if (ifAbsent !== undefined && typeof ifAbsent !== 'boolean') throw invalid('ifAbsent must be true or false.');
  return {
    value,
    contentType: contentType === undefined ? defaultType : checkedContentType(contentType),
    ttlSeconds: ttl === undefined ? undefined : checkedSeconds(ttl),
    tags: tags === undefined ? [] : checkedTags(tags, limits.tagsPerEntry),
    indexes: indexes === undefined ? {} : checkedIndexes(indexes, limits.indexesPerEntry),
    conditions: ifAbsent === true ? onlyIfAbsent : unconditional,
  };
}

/** Text is stored as its UTF-8, any other JSON value as the very characters it was written with. */
function valueIn({ object, source, start }: EnvelopeSource): { value: Uint8Array; defaultType: string } {
  const { value, valueBase64 } = object;
  if ((value === undefined) === (valueBase64 === undefined)) {
    throw invalid('Either value or valueBase64 must be there, and not both.');
  }
  if (valueBase64 !== undefined) return { value: bytesFromBase64(valueBase64), defaultType: binaryMediaType };
  if (typeof value === 'string') return { value: bytesFromText(value), defaultType: textMediaType };
  const span = memberSpans(source, start).get('value');
  return { value: new TextEncoder().encode(source.slice(span?.start, span?.end)), defaultType: jsonMediaType };
}

function bytesFromText(text: string): Uint8Array {
  if (!text.isWellFormed()) throw invalid('value holds half of a surrogate pair, which has no UTF-8 form.');
  return new TextEncoder().encode(text);
}

function bytesFromBase64(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== text) {
    throw invalid('valueBase64 must be base64 with padding (RFC 4648, section 4).');
  }
  return new Uint8Array(bytes);
}

function checkedContentType(contentType: unknown): string {
  if (typeof contentType === 'string' && isMediaType(contentType)) return contentType;
  throw invalid('contentType must be a media type, such as text/plain.');
}

function checkedTags(tags: unknown, most: number): readonly string[] {
  if (Array.isArray(tags) && tags.length <= most && tags.every(isTerm)) return tags;
  throw invalid(`tags must be a list of at most ${most} texts of 1 to ${longestTerm} characters.`);
}

function checkedIndexes(indexes: unknown, most: number): IndexTerms {
  const terms = isJsonObject(indexes) ? Object.entries(indexes) : undefined;
  if (terms !== undefined && terms.length <= most && terms.every((term) => term.every(isTerm))) {
    return Object.fromEntries(terms) as IndexTerms;
  }
  throw invalid(
    `indexes must be an object of at most ${most} texts; names and texts have 1 to ${longestTerm} characters.`,
  );
}

const longestTerm = 256;

function isTerm(term: unknown): term is string {
  return typeof term === 'string' && term !== '' && term.length <= longestTerm && term.isWellFormed();
}

function invalid(detail: string): Problem {
  return new Problem('invalid_body', detail);
}
