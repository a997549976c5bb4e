import type { Entry } from '@larder/cache';
import type { Fields } from '../../http/answers.js';
import { entityTag, judgeRead, parsePreconditions } from '../../http/conditional.js';
import type { Exchange } from '../../http/exchange.js';
import { accepts, binaryMediaType, entryMediaType, isActiveContent } from '../../http/media-type.js';
import type { ReadFields } from '../../http/plain-fields.js';
import { remainingSeconds } from '../../http/ttl.js';
import type { Service } from '../../service.js';
import { entryDocument } from './entry-document.js';
import { preconditionFailed } from './write-entry.js';

/** Which entry is asked for, and in what form. */
export interface AskedEntry {
  readonly key: string;
  readonly fields: ReadFields;
}

/** Answers a read of a live entry: its bytes as they were written, or its envelope if the caller asks for that. */
export function answerEntry(
  { answers, clock }: Pick<Service, 'answers' | 'clock'>,
  exchange: Exchange,
  { key, fields: asked }: AskedEntry,
  entry: Entry<Uint8Array>,
): void {
  const now = clock.now();
  const fields: Fields = ['ETag', entityTag(entry.version)];
  const ttl = remainingSeconds(entry.freshUntil, now);
  if (ttl !== undefined) fields.push('Cache-TTL', String(ttl));
  const verdict = judgeRead(parsePreconditions(asked), entry.version);
  if (verdict === 'failed') throw preconditionFailed();
  if (verdict === 'not-modified') {
    answers.send(exchange, 304, fields);
    return;
  }
  if (accepts(asked.accept, entryMediaType)) {
    fields.push('Content-Type', entryMediaType);
    answers.send(exchange, 200, fields, entryDocument(key, entry, now));
    return;
  }
  const { contentType = binaryMediaType } = entry;
  fields.push('Content-Type', contentType);
  if (isActiveContent(contentType)) fields.push('Content-Disposition', 'attachment');
  answers.send(exchange, 200, fields, entry.value);
}
