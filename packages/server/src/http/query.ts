import { Problem } from './problem.js';

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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Problem('invalid_request', 'The query is not percent-encoded UTF-8.');
  }
}
