import { Problem } from '../../http/problem.js';
import { destinationOf, type ResolveHost } from './destination.js';

const longestUrl = 2_048;

/** How and where to deliveries go. */
export interface DestinationRules {
  readonly resolve: ResolveHost;
  /** For development: `http:` and loopback addresses too. */
  readonly allowsLoopback: boolean;
}

/**
 * The URL of a new webhook. A host that cannot be resolved yet is taken: each delivery looks again.
 *
 * @throws Problem that says what is wrong with it
 */
export async function checkedWebhookUrl(text: string, rules: DestinationRules): Promise<string> {
  const url = text.length <= longestUrl && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused('is no URL: write https://example.com/hook, for example');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.allowsLoopback)) {
    throw refused('must begin with https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('must not hold a name and a password: check the field Larder-Signature instead');
  }
  if (url.hash !== '') throw refused('must not have a fragment');
  const destination = await destinationOf(url, { ...rules, turn: 0 });
  if (!destination.ok && destination.isRefused) throw refused(`cannot be used: ${destination.reason}`);
  return url.href;
}

function refused(what: string): Problem {
  return new Problem('invalid_body', `The url ${what}.`);
}
