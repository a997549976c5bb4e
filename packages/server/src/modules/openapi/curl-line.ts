import { addresses } from '../../http/addresses.js';
import type { JsonSchema } from '../../http/body-schema.js';
import { jsonMediaType } from '../../http/media-type.js';
import type { Operation } from '../../http/operation.js';

/** A command to paste: with the parameters and members that must be there, and the first of those that may. */
export function curlLine({ method, route, isOpen, query = {}, body }: Operation): string {
  const required = Object.entries(query).filter(([, { isRequired }]) => isRequired);
  const address = addresses[route].replaceAll(/\{(\w+)\}/g, '$1');
  const search = required.length === 0 ? '' : `?${required.map(([name]) => `${name}=…`).join('&')}`;
  const schema = body?.content[jsonMediaType];
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "$LARDER${address}${search}"`,
    isOpen ? '' : '-H "Authorization: Bearer $KEY"',
    schema === undefined ? '' : `-H 'Content-Type: ${jsonMediaType}' -d '${JSON.stringify(exampleOf(schema))}'`,
    body !== undefined && schema === undefined ? '--data-binary @file' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A value that the schema takes, as small as can be. */
export function exampleOf(schema: JsonSchema): unknown {
  const { type, properties, required, oneOf, anyOf, items, minimum, minItems, minProperties } =
    schema as ReadableSchema;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (type === 'object' || properties !== undefined) {
    const names = new Set([...(required ?? []), ...(oneOf?.[0]?.required ?? [])]);
    const wanted = Object.entries(properties ?? {}).filter(
      ([name], at) => names.has(name) || (names.size === 0 && at < (minProperties ?? 1)),
    );
    return Object.fromEntries(wanted.map(([name, member]) => [name, exampleOf(member)]));
  }
  const [choice] = oneOf ?? anyOf ?? [];
  if (choice !== undefined) return exampleOf(choice);
  if (type === 'array') return items === undefined || minItems === 0 ? [] : [exampleOf(items)];
  if (type === 'integer') return Math.max(minimum ?? 1, 1);
  if (type === 'boolean') return true;
  return '…';
}

interface ReadableSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly (JsonSchema & { readonly required?: readonly string[] })[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
}
