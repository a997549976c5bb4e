import type { Entry, IndexTerms, Millis } from '@larder/cache';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { etagSchema, remainingTtlSchema, timeSchema } from '../../http/common-parameters.js';
import { entityTag } from '../../http/conditional.js';
import { isoTime } from '../../http/iso-time.js';
import { binaryMediaType, isJson, isText } from '../../http/media-type.js';
import { remainingSeconds } from '../../http/ttl.js';

/** What `entryDocument` writes, in JSON Schema. */
export const entryMembers: Readonly<Record<string, JsonSchema>> = {
  key: { type: 'string' },
  contentType: { type: 'string' },
  etag: etagSchema,
  ttl: remainingTtlSchema,
  tags: { type: 'array', items: { type: 'string' } },
  indexes: { type: 'object', additionalProperties: { type: 'string' } },
  createdAt: timeSchema,
  value: { description: 'Of entries of text or JSON.' },
  valueBase64: { type: 'string', contentEncoding: 'base64', description: 'Of all other entries.' },
};

export const oneValueOf = ['value', 'valueBase64'];

export const entrySchema: JsonSchema = {
  ...closedObject(entryMembers, oneValueOf),
  oneOf: oneValueOf.map((name) => ({ required: [name] })),
};

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * An entry with its attributes, as JSON text. A value that is JSON stands in it character for character. Put together by
 * hand, because a batch has a hundred of them: `JSON.stringify` of an object took half of its time.
 */
export function entryDocument(key: string, entry: Entry<Uint8Array>, now: Millis): string {
  const { before, after } = piecesOf(key, entry);
  return `{${before}${remainingSeconds(entry.freshUntil, now) ?? null}${after}}`;
}

/** The members of a document before and behind its time to live, which alone changes while an entry stands. */
export interface DocumentPieces {
  readonly before: string;
  readonly after: string;
}

export function piecesOf(key: string, entry: Entry<Uint8Array>): DocumentPieces {
  const { contentType = binaryMediaType, version, tags, indexes, createdAt } = entry;
  const type = contentType === binaryMediaType ? binaryTypeText : quoted(contentType);
  const terms = tags.length === 0 && isEmpty(indexes) ? noTerms : termsText(tags, indexes);
  const value = valueMember(entry.value, contentType);
  return {
    before: `"key":${quoted(key)},"contentType":${type},"etag":${quotedTag(version)},"ttl":`,
    after: `,${terms}"${isoTime(createdAt)}",${value}`,
  };
}

/** Texts that JSON has as they are. */
const needsNoEscape = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Most texts need no escape, and to find that out takes a third of what `JSON.stringify` takes. */
function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

function quotedTag(version: string): string {
  return needsNoEscape.test(version) ? `"\\"${version}\\""` : JSON.stringify(entityTag(version));
}

const binaryTypeText = JSON.stringify(binaryMediaType);

const noTerms = '"tags":[],"indexes":{},"createdAt":';

function termsText(tags: readonly string[], indexes: IndexTerms): string {
  return `"tags":${JSON.stringify(tags)},"indexes":${JSON.stringify(indexes)},"createdAt":`;
}

function isEmpty(indexes: IndexTerms): boolean {
  for (const _name in indexes) return false;
  return true;
}

/** Base64 for whatever would not survive as JSON or text. */
function valueMember(value: Uint8Array, contentType: string): string {
  if (contentType === binaryMediaType) return base64Member(value);
  if (isJson(contentType)) {
    const source = textOf(value);
    if (source !== undefined && isJsonText(source)) return `"value":${source}`;
  } else if (isText(contentType)) {
    const text = textOf(value);
    if (text !== undefined) return `"value":${JSON.stringify(text)}`;
  }
  return base64Member(value);
}

function base64Member({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return `"valueBase64":"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`;
}

function textOf(value: Uint8Array): string | undefined {
  try {
    return strictText.decode(value);
  } catch {
    return undefined;
  }
}

function isJsonText(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}
