import { Problem } from './problem.js';

/** Fields that say who asks, for whom, and for what: two of them would let two readers see two requests. */
const single: ReadonlySet<string> = new Set(['host', 'authorization', 'x-api-key', 'content-type', 'cache-ttl']);
const lengths: ReadonlySet<number> = new Set(Array.from(single, (name) => name.length));

/**
 * Refuses a repeated field. Node keeps the first `Authorization` and joins `X-API-Key` with a comma, so only the raw
 * list (name, value, name, value, …) tells.
 */
export function refuseRepeatedFields(rawHeaders: readonly string[]): void {
  let seen: string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at] ?? '';
    if (!lengths.has(sent.length)) continue;
    const name = sent.toLowerCase();
    if (!single.has(name)) continue;
    if (seen === undefined) seen = [name];
    else if (seen.includes(name)) throw new Problem('invalid_request', `The field ${name} is there more than once.`);
    else seen.push(name);
  }
}
