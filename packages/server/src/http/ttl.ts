import type { Millis } from '@larder/cache';
import { detailKeyword, type JsonSchema, problemKeyword } from './body-schema.js';
import { Problem } from './problem.js';

/** A hundred years. Whoever wants more wants `{"persist": true}`. */
export const longestTtlSeconds = 100 * 365 * 86_400;

const ttlRule = `A time to live is whole seconds from 1 to ${longestTtlSeconds}.`;

/** A time to live that stands as a number in a JSON body. */
export const ttlSchema: JsonSchema = {
  type: 'integer',
  minimum: 1,
  maximum: longestTtlSeconds,
  description: 'A time to live in seconds.',
  [problemKeyword]: 'invalid_ttl',
  [detailKeyword]: ttlRule,
};

const positiveInteger = /^[1-9]\d*$/;

/** The three places where a request may name a time to live. */
export interface TtlSources {
  readonly query?: string | undefined;
  readonly header?: string | undefined;
  /** From a JSON body, whose schema has checked it. */
  readonly body?: number | undefined;
}

/** The seconds that the request asks for, or `undefined` where it leaves them to the default. */
export function requestedTtl({ query, header, body }: TtlSources): number | undefined {
  const named = [
    query === undefined ? undefined : secondsFromText(query),
    header === undefined ? undefined : secondsFromText(header),
    body,
  ].filter((seconds) => seconds !== undefined);
  if (new Set(named).size <= 1) return named[0];
  throw new Problem('invalid_ttl', 'The request names times to live that differ.');
}

/** What is left of a life, rounded up, as `Cache-TTL` tells it; `undefined` for a life without end. */
export function remainingSeconds(freshUntil: Millis, now: Millis): number | undefined {
  return freshUntil === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.ceil((freshUntil - now) / 1_000));
}

function secondsFromText(text: string): number {
  const seconds = positiveInteger.test(text) ? Number(text) : Number.NaN;
  if (seconds <= longestTtlSeconds) return seconds;
  throw new Problem('invalid_ttl', ttlRule);
}
