import { randomBytes } from 'node:crypto';
import { allScopes, type Scope } from '../../modules/api-keys/scopes.js';
import { CommandFailure } from '../command.js';
import { entryPath } from '../entry-address.js';
import type { ServiceAnswer, ServiceRequest } from '../send-request.js';
import { parsedJson, refusal, type ServiceClient } from '../service-client.js';
import { type Check, failed, ok, warning } from './check.js';
import { latencyCheck, measured } from './latency.js';

const rounds = 30;
const name = 'API key';

/** Is it valid, what may it do, and how fast is that? */
export async function checkApiKey(client: ServiceClient): Promise<readonly Check[]> {
  const key = `larder doctor ${randomBytes(8).toString('hex')}`;
  const held: Scope[] = [];
  const unknown: Scope[] = [];
  for (const scope of allScopes) {
    const answer = await client.exchange(probeOf(scope, entryPath(key)));
    const code = codeOf(answer);
    if (code === 'unauthenticated') {
      return [
        failed(
          name,
          'the service does not know it, or it is expired or revoked',
          'Set LARDER_KEY to another one: larder keys create makes it.',
        ),
      ];
    }
    if (answer.status === 429 || (answer.status >= 500 && code !== 'unsupported_by_store'))
      throw refusal(client.url, answer);
    if (code === 'route_not_found' || code === 'method_not_allowed') unknown.push(scope);
    else if (code !== 'insufficient_scope' || !lacks(answer, scope)) held.push(scope);
  }
  const isLimited = codeOf(await client.exchange({ method: 'GET', path: entryPath(key) })) === 'insufficient_scope';
  const canMeasure = (['cache:read', 'cache:write', 'cache:delete'] as const).every((scope) => held.includes(scope));
  const check = keyCheck(held, unknown, isLimited && held.includes('cache:read'));
  return canMeasure && !isLimited ? [check, await checkServiceLatency(client, entryPath(key))] : [check];
}

/**
 * A request of each scope that changes nothing: the key is one that nobody has, and what would take effect on it is
 * malformed. Scopes are judged before bodies are read.
 */
function probeOf(scope: Scope, path: string): ServiceRequest {
  switch (scope) {
    case 'cache:read':
      return { method: 'GET', path: `${path}/exists` };
    case 'cache:write':
      return { method: 'PATCH', path };
    case 'cache:delete':
      return { method: 'DELETE', path };
    case 'cache:list':
      return { method: 'GET', path: '/v1/keys?limit=1' };
    case 'tags:invalidate':
      return { method: 'POST', path: '/v1/tags/invalidate' };
    case 'locks':
      return { method: 'POST', path: `/v1/locks/${randomBytes(8).toString('hex')}` };
    case 'usage:read':
      return { method: 'GET', path: '/v1/stats' };
    case 'admin':
      return { method: 'GET', path: '/admin/v1/tenants?limit=1' };
  }
}

/** A key for some prefixes only is refused with the same code, and another sentence. */
function lacks({ body }: ServiceAnswer, scope: Scope): boolean {
  return String((parsedJson(body) as { detail?: unknown } | undefined)?.detail).includes(`the scope ${scope}`);
}

function codeOf({ body, status }: ServiceAnswer): string | undefined {
  if (status < 400) return undefined;
  return String((parsedJson(body) as { code?: unknown } | undefined)?.code);
}

function keyCheck(held: readonly Scope[], unknown: readonly Scope[], isLimited: boolean): Check {
  const scopes =
    held.length === 0 ? 'none that could be found' : held.length === allScopes.length ? 'all' : held.join(', ');
  const untold = unknown.length === 0 ? '' : ` (this service has no calls for ${unknown.join(', ')})`;
  const prefixes = isLimited ? '; for keys with certain prefixes only' : '';
  const detail = `valid; scopes: ${scopes}${untold}${prefixes}`;
  return held.length === 0
    ? warning(name, detail, 'Make one that may do something: larder keys create --scope …')
    : ok(name, detail);
}

async function checkServiceLatency(client: ServiceClient, path: string): Promise<Check> {
  const title = 'service latency';
  const fields = { 'Content-Type': 'application/octet-stream', 'Cache-TTL': '60' };
  try {
    const body = randomBytes(100);
    const writes = await measured(rounds, () => client.send({ method: 'PUT', path, fields, body }));
    const reads = await measured(rounds, () => client.send({ method: 'GET', path }));
    return latencyCheck(
      title,
      reads,
      writes,
      'Look at the store first; then at what stands between here and the service.',
    );
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return failed(title, error.message, 'The log of the service says more.');
  } finally {
    // It ends by itself within a minute where that fails.
    await client.exchange({ method: 'DELETE', path }).catch(() => {});
  }
}
