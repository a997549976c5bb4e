import { addresses, type KnownRoute } from '../../http/addresses.js';
import type { Described } from '../../http/operation.js';

type Names<Address> = Address extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** What stands in braces in any address. */
type ParameterName = Names<(typeof addresses)[KnownRoute]>;

const text = { type: 'string', minLength: 1 };

const described: Readonly<Record<ParameterName, Described>> = {
  key: {
    description: 'The key: 1 to 512 bytes of UTF-8 without control characters, one percent-encoded segment.',
    schema: text,
  },
  name: { description: 'A name of 1 to 512 bytes, one percent-encoded segment.', schema: text },
  value: { description: 'An index term, one percent-encoded segment.', schema: text },
  tenant: { description: 'The id of a tenant.', schema: text },
  id: { description: 'An id, as the list has it.', schema: text },
};

/** The parameters in an address, in their order. */
export function pathParameters(route: KnownRoute): readonly (readonly [name: string, described: Described])[] {
  const names = Array.from(addresses[route].matchAll(/\{(\w+)\}/g), ([, name]) => name as ParameterName);
  return names.map((name) => [name, { ...described[name], isRequired: true }]);
}
