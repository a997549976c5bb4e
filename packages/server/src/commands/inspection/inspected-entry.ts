import { isUtf8 } from 'node:buffer';
import { inspect } from 'node:util';
import type { EnvelopeInspection } from '@larder/cache/inspection';
import { isJson, isText } from '../../http/media-type.js';
import { printable } from '../text.js';

type Inspected = Extract<EnvelopeInspection, { isEnvelope: true }>;

/** What an envelope says, as a JSON document. */
export function inspectedDocument(found: Inspected): Readonly<Record<string, unknown>> {
  const { attributes, format, isCompressed, isEncrypted, payloadBytes } = found;
  const { version, createdAt, freshUntil, staleUntil, tags, indexes } = attributes;
  const { contentType, etag, lastModified, loadMillis } = attributes;
  return {
    ...{ format, isCompressed, isEncrypted, payloadBytes, version },
    createdAt: timeText(createdAt),
    freshUntil: timeText(freshUntil),
    staleUntil: timeText(staleUntil),
    ...{ tags, indexes, contentType, loadMillis, sourceEtag: etag, sourceLastModified: lastModified },
    ...valueMembers(found),
  };
}

/** `null` is never. */
function timeText(time: number): string | null {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : null;
}

function valueMembers({ value, format, attributes }: Inspected): Readonly<Record<string, unknown>> {
  if (!value.isReadable) return { unreadable: value.reason };
  if (format === 'json' || format === 'text') return { value: value.value };
  if (value.value instanceof Uint8Array) return bytesMembers(value.value, attributes.contentType ?? '');
  const whole = { depth: null, maxArrayLength: null, maxStringLength: null, breakLength: 120 };
  return { valueAsText: inspect(value.value, whole) };
}

/** The service keeps every value as bytes, text too. */
function bytesMembers(bytes: Uint8Array, contentType: string): Readonly<Record<string, unknown>> {
  const valueBase64 = Buffer.from(bytes).toString('base64');
  const isReadable = (isText(contentType) || isJson(contentType)) && isUtf8(bytes);
  return isReadable ? { valueBase64, valueAsText: Buffer.from(bytes).toString('utf8') } : { valueBase64 };
}

const longestPreview = 400;

/** A document as rows of a table; values are cut, and without what could control a terminal. */
export function documentRows(document: Readonly<Record<string, unknown>>): readonly (readonly string[])[] {
  return Object.entries(document)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, preview(value)]);
}

function preview(value: unknown): string {
  if (value === null) return 'never';
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length <= longestPreview ? text : `${text.slice(0, longestPreview)}… (${text.length} characters)`;
}
