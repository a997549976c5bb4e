import type { IncomingHttpHeaders } from 'node:http';
import { parsePreconditions } from '../../http/conditional.js';
import { Problem } from '../../http/problem.js';

/** No token is longer; what is longer is nobody's. */
const longestToken = 64;

/**
 * The token that `If-Match` names. There is no `*`: it would let everybody extend whoever's lock.
 *
 * @throws Problem `precondition_failed` unless it is one strong entity tag
 */
export function holderIn(headers: IncomingHttpHeaders): string {
  const { ifMatch } = parsePreconditions(headers);
  if (ifMatch === undefined) {
    throw new Problem('precondition_failed', 'Send the token of the lock: If-Match: "<token>".');
  }
  const [tag, another] = ifMatch === '*' ? [] : ifMatch;
  const isToken = tag !== undefined && another === undefined && !tag.weak;
  if (isToken && tag.opaque !== '' && tag.opaque.length <= longestToken) return tag.opaque;
  throw new Problem('precondition_failed', 'If-Match must be the one token that the lock was taken with.');
}
