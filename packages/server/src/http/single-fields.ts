import { Problem } from './problem.js';

/** Fields that say who asks, for whom, and for what: two of them would let two readers see two requests. */
const single: ReadonlySet<string> = new Set(['host', 'authorization', 'x-api-key', 'content-type', 'cache-ttl']);
/** A bit for each length that such a field's name has. */
const singleLengths = Array.from(single).reduce((bits, name) => bits | lengthBit(name), 0);

/** What a client and a chain of proxies need, many times over. */
const mostFields = 100;

/**
 * Refuses a repeated field, and more fields than anybody needs. Node keeps the first `Authorization` and joins `X-API-Key` with a comma, so only the raw
 * list (name, value, name, value, …) tells.
 */
export function refuseRepeatedFields(rawHeaders: readonly string[]): void {
  if (rawHeaders.length > 2 * mostFields) {
    throw new Problem('header_too_large', `A request has at most ${mostFields} header fields.`);
  }
  if (!mayRepeat(rawHeaders)) return;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!single.has(name)) continue;
    if (seen.has(name)) throw new Problem('invalid_request', `The field ${name} is there more than once.`);
    seen.add(name);
  }
}

/** Spares most requests the closer look: only names of one length can be the same. */
function mayRepeat(rawHeaders: readonly string[]): boolean {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const bit = lengthBit(rawHeaders[at] ?? '') & singleLengths;
    if ((seen & bit) !== 0) return true;
    seen |= bit;
  }
  return false;
}

/** Lengths that are 32 apart share a bit, so that some names get a closer look which they do not need. */
function lengthBit(name: string): number {
  return 1 << name.length;
}
