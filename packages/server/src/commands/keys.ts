import { allScopes } from '../modules/api-keys/scopes.js';
import { allPages } from './all-pages.js';
import { closestWord } from './closest-word.js';
import { type Surroundings, UsageError } from './command.js';
import type { OptionDescriptions } from './command-description.js';
import { describedCommand } from './described-command.js';
import { exitCodes } from './exit-codes.js';
import { commandGroup } from './group.js';
import { secondsIn } from './seconds.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { inColumns, printable, spokenSeconds } from './text.js';

interface ApiKeyDocument {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly prefixes: readonly string[] | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly rotatedTo: string | null;
}

type NewApiKeyDocument = ApiKeyDocument & { readonly key: string };

const tenantOption = {
  tenant: { type: 'string', value: 'id', description: 'whose keys; otherwise the tenant "default"' },
} as const satisfies OptionDescriptions;

const create = describedCommand(
  {
    name: 'keys create',
    summary: 'makes an API key and writes it to standard output, this once',
    operands: [],
    options: {
      name: { type: 'string', value: 'name', description: 'what it is for, for whoever reads the list' },
      scope: {
        type: 'string',
        multiple: true,
        value: 'scope',
        description: `what it may do; may be repeated, or be all: ${allScopes.join(', ')}`,
      },
      prefix: {
        type: 'string',
        multiple: true,
        value: 'prefix',
        description: 'only for keys of entries that begin so; may be repeated',
      },
      expires: { type: 'string', value: 'time', description: 'when it ends: 90d from now, or 2030-01-31T12:00:00Z' },
      ...tenantOption,
      ...serviceOptions,
    },
    notes: ['Standard output gets the key and nothing else; what else there is to say goes to standard error.'],
    examples: [
      'larder keys create --name web --scope cache:read --scope cache:write',
      'larder keys create --name ci --scope all --tenant shop --expires 90d',
      'KEY=$(larder keys create --name web --scope cache:read)',
    ],
  },
  async ({ options }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const { name, scope, prefix, expires, tenant = 'default' } = options;
    if (name === undefined) throw new UsageError('--name is missing: say what the key is for, as in --name web.');
    const document = {
      name,
      scopes: scopesIn(scope),
      ...(prefix.length === 0 ? {} : { prefixes: prefix }),
      ...(expires === undefined ? {} : { expiresAt: endIn(expires, surroundings.now()) }),
    };
    const made = await client.json<NewApiKeyDocument>({ method: 'POST', path: keysPath(tenant), document });
    showNew(made, options.json, surroundings, `API key ${printable(made.id)} of tenant ${printable(tenant)}`);
    return exitCodes.done;
  },
);

const list = describedCommand(
  {
    name: 'keys list',
    summary: 'lists the API keys of a tenant, without their texts',
    operands: [],
    options: { ...tenantOption, ...serviceOptions },
    examples: ['larder keys list', 'larder keys list --tenant shop --json'],
  },
  async ({ options: { tenant = 'default', ...options } }, surroundings) => {
    const data = await allPages<ApiKeyDocument>(serviceClient(options, surroundings), keysPath(tenant));
    if (options.json) surroundings.out(`${JSON.stringify({ data })}\n`);
    else surroundings.out(data.length === 0 ? 'There are none.\n' : `${inColumns([header, ...data.map(asRow)])}\n`);
    return exitCodes.done;
  },
);

const rotate = describedCommand(
  {
    name: 'keys rotate',
    summary: 'makes an API key that takes the place of another, and writes it to standard output, this once',
    operands: ['id'],
    options: {
      overlap: { type: 'string', value: 'time', description: 'how long the old one goes on working; otherwise 1d' },
      ...tenantOption,
      ...serviceOptions,
    },
    notes: ['The new key may do what the old one may.'],
    examples: ['larder keys rotate 4fGh21Kd0a --overlap 2h'],
  },
  async ({ operands: [id = ''], options: { tenant = 'default', overlap, ...options } }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const path = `${keyPath(tenant, id)}/rotate`;
    const seconds = overlap === undefined ? undefined : secondsIn('--overlap', overlap);
    const document = seconds === undefined ? {} : { overlap: seconds };
    const made = await client.json<NewApiKeyDocument>({ method: 'POST', path, document });
    const until = spokenSeconds(seconds ?? 86_400);
    showNew(
      made,
      options.json,
      surroundings,
      `API key ${printable(made.id)}, in the place of ${printable(id)}, which works for ${until} at most`,
    );
    return exitCodes.done;
  },
);

const revoke = describedCommand(
  {
    name: 'keys revoke',
    summary: 'revokes an API key at once',
    operands: ['id'],
    options: { ...tenantOption, ...serviceOptions },
    notes: ['Other processes of the service may take it for some seconds more. It cannot be brought back.'],
    examples: ['larder keys revoke 4fGh21Kd0a'],
  },
  async ({ operands: [id = ''], options: { tenant = 'default', ...options } }, surroundings) => {
    const client = serviceClient(options, surroundings);
    await client.send({ method: 'DELETE', path: keyPath(tenant, id) });
    surroundings.out(options.json ? `${JSON.stringify({ id, revoked: true })}\n` : `Revoked ${printable(id)}.\n`);
    return exitCodes.done;
  },
);

export const keys = commandGroup('keys', 'makes, lists, rotates and revokes API keys', [create, list, rotate, revoke]);

function keysPath(tenant: string): string {
  return `/admin/v1/tenants/${encodeURIComponent(tenant)}/keys`;
}

function keyPath(tenant: string, id: string): string {
  // An address ends up in the logs of proxies.
  if (/^[0-9A-Za-z]{1,32}$/.test(id)) return `${keysPath(tenant)}/${id}`;
  throw new UsageError('This is no id of an API key: it is the ten characters behind lrd_live_, never the whole key.');
}

function scopesIn(given: readonly string[]): readonly string[] {
  const names = given.flatMap((text) => text.split(','));
  if (names.length === 0) {
    throw new UsageError(`--scope is missing: say what the key may do, with all or some of ${allScopes.join(', ')}.`);
  }
  if (names.includes('all')) return allScopes;
  const stranger = names.find((name) => !allScopes.some((scope) => scope === name));
  if (stranger === undefined) return [...new Set(names)];
  const meant = closestWord(stranger, allScopes);
  throw new UsageError(
    `There is no scope ${JSON.stringify(stranger)}. ${meant === undefined ? `There are ${allScopes.join(', ')}, and all.` : `Did you mean ${meant}?`}`,
  );
}

function endIn(text: string, now: number): string {
  if (!/^\d+[smhd]?$/.test(text)) return text;
  return new Date(now + secondsIn('--expires', text) * 1_000).toISOString();
}

/** The only place that writes a key. */
function showNew(made: NewApiKeyDocument, asJson: boolean, { out, error }: Surroundings, what: string): void {
  if (asJson) {
    out(`${JSON.stringify(made)}\n`);
    return;
  }
  error(`${what}. It is shown this once, and stored only as a hash:\n`);
  out(`${made.key}\n`);
}

const header = ['ID', 'NAME', 'SCOPES', 'PREFIXES', 'EXPIRES', 'MADE', 'ROTATED TO'];

function asRow({ id, name, scopes, prefixes, createdAt, expiresAt, rotatedTo }: ApiKeyDocument): readonly string[] {
  const scopeText = scopes.length === allScopes.length ? 'all' : scopes.join(',');
  const cells = [id, name, scopeText, prefixes?.join(',') ?? 'all', expiresAt ?? 'never', createdAt, rotatedTo ?? ''];
  return cells.map(printable);
}
