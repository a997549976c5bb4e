import { Problem } from './problem.js';

const wholeNumber = /^[1-9]\d{0,5}$/;
const noParameters: ReadonlyMap<string, string> = new Map();

/**
 * The parameters of a query in the form that HTML forms and `URLSearchParams` write, where `+` is a space. Stricter
 * than `URLSearchParams`: what is not percent-encoded UTF-8, or said twice, is refused instead of guessed at.
 */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  if (query === '') return noParameters;
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const nameEnd = pair.indexOf('=');
    const name = decoded(nameEnd === -1 ? pair : pair.slice(0, nameEnd));
    if (parameters.has(name)) throw new Problem('invalid_request', 'The query names a parameter twice.');
    parameters.set(name, nameEnd === -1 ? '' : decoded(pair.slice(nameEnd + 1)));
  }
  return parameters;
}

/** `limit`: how much a page may hold at most. */
export function limitIn(query: ReadonlyMap<string, string>, byDefault: number, most: number): number {
  const limit = query.get('limit');
  if (limit === undefined) return byDefault;
  const count = wholeNumber.test(limit) ? Number(limit) : 0;
  if (count >= 1 && count <= most) return count;
  throw new Problem('invalid_request', `limit must be a whole number from 1 to ${most}.`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Problem('invalid_request', 'The query is not percent-encoded UTF-8.');
  }
}
