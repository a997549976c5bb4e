import { isUtf8 } from 'node:buffer';
import type { Entry, IndexTerms } from '../contracts/entry.js';
import {
  ATTRIBUTE_CONTENT_TYPE,
  ATTRIBUTE_ETAG,
  ATTRIBUTE_HEADER_BYTES,
  ATTRIBUTE_INDEX,
  ATTRIBUTE_LAST_MODIFIED,
  ATTRIBUTE_LOAD_MILLIS,
  ATTRIBUTE_TAG,
} from './envelope-layout.js';
import { setOwn } from './plain-object.js';
import { Undecodable } from './undecodable.js';

export type Attributes = Pick<Entry, 'tags' | 'indexes' | 'loadMillis' | 'contentType' | 'etag' | 'lastModified'>;

/** The attributes that are one text, in the order in which they are written. */
const texts = [
  [ATTRIBUTE_CONTENT_TYPE, 'contentType'],
  [ATTRIBUTE_ETAG, 'etag'],
  [ATTRIBUTE_LAST_MODIFIED, 'lastModified'],
] as const;

export function attributesLength(attributes: Attributes): number {
  let length = 0;
  for (const tag of attributes.tags) length += ATTRIBUTE_HEADER_BYTES + Buffer.byteLength(tag);
  for (const name in attributes.indexes) {
    length += ATTRIBUTE_HEADER_BYTES + 4 + Buffer.byteLength(name) + Buffer.byteLength(termOf(attributes, name));
  }
  if (attributes.loadMillis !== undefined) length += ATTRIBUTE_HEADER_BYTES + 8;
  const { contentType, etag, lastModified } = attributes;
  return length + lengthOf(contentType) + lengthOf(etag) + lengthOf(lastModified);
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? 0 : ATTRIBUTE_HEADER_BYTES + Buffer.byteLength(text);
}

export function writeAttributes(output: Buffer, start: number, attributes: Attributes): void {
  let at = start;
  for (const tag of attributes.tags) at = writeText(output, at, ATTRIBUTE_TAG, tag);
  for (const name in attributes.indexes) at = writeTerm(output, at, name, termOf(attributes, name));
  if (attributes.loadMillis !== undefined) {
    at = writeHeader(output, at, ATTRIBUTE_LOAD_MILLIS, 8);
    at = output.writeDoubleLE(attributes.loadMillis, at);
  }
  for (const [type, name] of texts) {
    const text = attributes[name];
    if (text !== undefined) at = writeText(output, at, type, text);
  }
}

function termOf(attributes: Attributes, name: string): string {
  return attributes.indexes[name] as string;
}

function writeHeader(output: Buffer, at: number, type: number, length: number): number {
  output[at] = type;
  return output.writeUInt32LE(length, at + 1);
}

function writeText(output: Buffer, at: number, type: number, text: string): number {
  const start = at + ATTRIBUTE_HEADER_BYTES;
  const length = output.write(text, start, 'utf8');
  writeHeader(output, at, type, length);
  return start + length;
}

function writeTerm(output: Buffer, at: number, name: string, value: string): number {
  const start = at + ATTRIBUTE_HEADER_BYTES + 4;
  const nameLength = output.write(name, start, 'utf8');
  const valueLength = output.write(value, start + nameLength, 'utf8');
  writeHeader(output, at, ATTRIBUTE_INDEX, 4 + nameLength + valueLength);
  output.writeUInt32LE(nameLength, at + ATTRIBUTE_HEADER_BYTES);
  return start + nameLength + valueLength;
}

const noTags: readonly string[] = Object.freeze([]);
const noIndexes: IndexTerms = Object.freeze({});
const noAttributes: Attributes = Object.freeze({ tags: noTags, indexes: noIndexes });

interface Found {
  tags: readonly string[];
  indexes: IndexTerms;
  loadMillis?: number;
  contentType?: string;
  etag?: string;
  lastModified?: string;
}

export function readAttributes(input: Buffer, start: number, end: number): Attributes {
  if (start === end) return noAttributes;
  const found: Found = { tags: noTags, indexes: noIndexes };
  let at = start;
  while (at < end) {
    const from = at + ATTRIBUTE_HEADER_BYTES;
    const to = from <= end ? from + input.readUInt32LE(at + 1) : from;
    if (to > end) throw new Undecodable('An attribute ends after the header.');
    readAttribute(input, input[at] as number, from, to, found);
    at = to;
  }
  if (found.tags !== noTags) Object.freeze(found.tags);
  if (found.indexes !== noIndexes) Object.freeze(found.indexes);
  return found;
}

function readAttribute(input: Buffer, type: number, from: number, to: number, found: Found): void {
  switch (type) {
    case ATTRIBUTE_TAG:
      if (found.tags === noTags) found.tags = [];
      (found.tags as string[]).push(readText(input, from, to));
      break;
    case ATTRIBUTE_INDEX:
      if (found.indexes === noIndexes) found.indexes = {};
      readTerm(input, from, to, found.indexes as Record<string, string>);
      break;
    case ATTRIBUTE_LOAD_MILLIS:
      if (to - from !== 8) throw new Undecodable('The load time is not 8 bytes long.');
      found.loadMillis = input.readDoubleLE(from);
      break;
    case ATTRIBUTE_CONTENT_TYPE:
      found.contentType = readText(input, from, to);
      break;
    case ATTRIBUTE_ETAG:
      found.etag = readText(input, from, to);
      break;
    case ATTRIBUTE_LAST_MODIFIED:
      found.lastModified = readText(input, from, to);
      break;
  }
}

function readTerm(input: Buffer, from: number, to: number, indexes: Record<string, string>): void {
  const nameFrom = from + 4;
  const nameTo = nameFrom <= to ? nameFrom + input.readUInt32LE(from) : nameFrom;
  if (nameTo > to) throw new Undecodable('The name of an index term ends after its attribute.');
  setOwn(indexes, readText(input, nameFrom, nameTo), readText(input, nameTo, to));
}

/** Decoding puts U+FFFD for what is not UTF-8: only text that has it needs the second look. */
function readText(input: Buffer, from: number, to: number): string {
  const text = input.toString('utf8', from, to);
  if (text.includes('\ufffd') && !isUtf8(input.subarray(from, to))) throw new Undecodable('An attribute is not UTF-8.');
  return text;
}
