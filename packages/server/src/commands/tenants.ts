import { allPages } from './all-pages.js';
import { type Surroundings, UsageError } from './command.js';
import type { OptionDescriptions } from './command-description.js';
import { describedCommand } from './described-command.js';
import { exitCodes } from './exit-codes.js';
import { commandGroup } from './group.js';
import { limitOptions, limitsIn, spokenLimit } from './limit-options.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { inColumns, printable } from './text.js';

type Limits = Readonly<Record<string, unknown>>;

interface TenantDocument {
  readonly id: string;
  readonly name: string;
  readonly limits: Limits;
  readonly createdAt: string;
}

const collection = '/admin/v1/tenants';
const pathOf = (id: string) => `${collection}/${encodeURIComponent(id)}`;

const confirmOption = {
  confirm: { type: 'string', value: 'id', description: 'the id of the tenant once more: this cannot be undone' },
} as const satisfies OptionDescriptions;

const create = describedCommand(
  {
    name: 'tenants create',
    summary: 'makes a tenant',
    operands: ['id'],
    options: {
      name: { type: 'string', value: 'name', description: 'what people call it' },
      ...limitOptions,
      ...serviceOptions,
    },
    examples: ['larder tenants create shop --name "The shop" --burst 100/1s --stored-bytes 1gb'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    const limits = limitsIn(options);
    const document = {
      id,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
    };
    const client = serviceClient(options, surroundings);
    const made = await client.json<TenantDocument>({ method: 'POST', path: collection, document });
    surroundings.out(options.json ? `${JSON.stringify(made)}\n` : `Made the tenant ${printable(made.id)}.\n`);
    return exitCodes.done;
  },
);

const list = describedCommand(
  {
    name: 'tenants list',
    summary: 'lists the tenants',
    operands: [],
    options: serviceOptions,
    examples: ['larder tenants list', 'larder tenants list --json | jq -r ".data[].id"'],
  },
  async ({ options }, surroundings) => {
    const data = await allPages<TenantDocument>(serviceClient(options, surroundings), collection);
    const rows = data.map(({ id, name, createdAt }) => [id, name, createdAt].map(printable));
    surroundings.out(`${options.json ? JSON.stringify({ data }) : inColumns([['ID', 'NAME', 'MADE'], ...rows])}\n`);
    return exitCodes.done;
  },
);

const show = describedCommand(
  {
    name: 'tenants show',
    summary: 'shows a tenant and its limits',
    operands: ['id'],
    options: serviceOptions,
    examples: ['larder tenants show shop'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const tenant = await client.json<TenantDocument>({ method: 'GET', path: pathOf(id) });
    const { name, createdAt, limits } = tenant;
    const rows = [['id', tenant.id], ['name', name], ['made', createdAt], ...limitRows(limits)];
    showDocument(surroundings, options.json, tenant, rows);
    return exitCodes.done;
  },
);

const limits = describedCommand(
  {
    name: 'tenants limits',
    summary: 'shows the limits of a tenant, or changes those that are named',
    operands: ['id'],
    options: { ...limitOptions, ...serviceOptions },
    examples: ['larder tenants limits shop', 'larder tenants limits shop --burst 100/1s --daily none'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    const change = limitsIn(options);
    const path = `${pathOf(id)}/limits`;
    const request =
      Object.keys(change).length === 0
        ? ({ method: 'GET', path } as const)
        : ({ method: 'PATCH', path, document: change } as const);
    const all = await serviceClient(options, surroundings).json<Limits>(request);
    showDocument(surroundings, options.json, all, limitRows(all));
    return exitCodes.done;
  },
);

const usage = describedCommand(
  {
    name: 'tenants usage',
    summary: 'shows what a tenant uses',
    operands: ['id'],
    options: serviceOptions,
    examples: ['larder tenants usage shop'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const found = await client.json<unknown>({ method: 'GET', path: `${pathOf(id)}/usage` });
    showDocument(surroundings, options.json, found, [...leavesOf(found)]);
    return exitCodes.done;
  },
);

const flush = describedCommand(
  {
    name: 'tenants flush',
    summary: 'removes all entries of a tenant',
    operands: ['id'],
    options: { ...confirmOption, ...serviceOptions },
    examples: ['larder tenants flush shop --confirm shop'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    requireConfirmation('flush', id, options.confirm);
    const path = `${pathOf(id)}/flush`;
    const request = { method: 'POST', path, fields: { 'Content-Type': 'application/json' } } as const;
    await serviceClient(options, surroundings).send({ ...request, body: JSON.stringify({ confirm: options.confirm }) });
    const sentence = `Removed all entries of ${printable(id)}.`;
    surroundings.out(`${options.json ? JSON.stringify({ id, flushed: true }) : sentence}\n`);
    return exitCodes.done;
  },
);

const remove = describedCommand(
  {
    name: 'tenants remove',
    summary: 'removes a tenant, its API keys and its entries',
    operands: ['id'],
    options: { ...confirmOption, ...serviceOptions },
    examples: ['larder tenants remove shop --confirm shop'],
  },
  async ({ operands: [id = ''], options }, surroundings) => {
    requireConfirmation('remove', id, options.confirm);
    await serviceClient(options, surroundings).send({ method: 'DELETE', path: pathOf(id) });
    const sentence = `Removed the tenant ${printable(id)}.`;
    surroundings.out(`${options.json ? JSON.stringify({ id, removed: true }) : sentence}\n`);
    return exitCodes.done;
  },
);

export const tenants = commandGroup('tenants', 'makes, lists, shows, limits, empties and removes tenants', [
  create,
  list,
  show,
  limits,
  usage,
  flush,
  remove,
]);

function requireConfirmation(word: string, id: string, confirmation: string | undefined): void {
  if (confirmation === id) return;
  const given = JSON.stringify(id);
  throw new UsageError(
    `This cannot be undone. To be sure, name the tenant twice: larder tenants ${word} ${given} --confirm ${given}`,
  );
}

function showDocument({ out }: Surroundings, json: boolean, document: unknown, rows: readonly (readonly string[])[]) {
  out(`${json ? JSON.stringify(document) : inColumns(rows.map((row) => row.map(printable)))}\n`);
}

function limitRows(limits: Limits): readonly string[][] {
  return Object.entries(limits).map(([name, value]) => [name, spokenLimit(value)]);
}

/** Each leaf of a document with its path, such as `today.requests`. */
function* leavesOf(value: unknown, path = ''): Generator<string[]> {
  if (typeof value !== 'object' || value === null) yield [path, String(value)];
  else
    for (const [name, inner] of Object.entries(value)) yield* leavesOf(inner, path === '' ? name : `${path}.${name}`);
}
