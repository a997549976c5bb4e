import { Ajv2020 } from 'ajv/dist/2020.js';
import { api } from '../../src/api.js';
import { addresses } from '../../src/http/addresses.js';
import { parseRequestTarget } from '../../src/http/request-target.js';
import { openApiDocument } from '../../src/modules/openapi/document.js';
import { version } from '../../src/version.js';
import type { Answer } from './http-client.js';

interface Described {
  readonly headers: Readonly<Record<string, { $ref?: string; required?: boolean }>>;
  readonly content?: Readonly<Record<string, { schema?: object }>>;
}

/** Where something stands in the document, and what stands there. */
interface Place<Value> {
  readonly pointer: readonly string[];
  readonly value: Value;
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

export const document = openApiDocument(api, version);

/** Each as its operation and status: what was answered so far. */
export const seenAnswers = new Set<string>();

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/);
ajv.addFormat('date', /^\d{4}-\d{2}-\d{2}$/);
ajv.addFormat('uri', /^[a-z][a-z\d+.-]*:\S+$/i);
ajv.addSchema({ ...document, $id: 'https://larder.test/openapi.json' });

/** Of HTTP itself, which no document of an API names. */
const transport = new Set(['date', 'connection', 'keep-alive', 'content-length', 'content-type', 'transfer-encoding']);

/** What the OpenAPI document does not say of this answer; `undefined` where it says all of it. */
export function complaintAbout(
  asked: { readonly method: string; readonly path: string },
  answer: Answer,
): string | undefined {
  const operation = operationAt(asked);
  const what = `${operation?.value.operationId ?? asked.method} answered ${answer.status}`;
  const response = responseTo(operation, answer);
  if (response === undefined) return `${what}, which the OpenAPI document does not describe: see api.ts.`;
  if (operation !== undefined) seenAnswers.add(`${operation.value.operationId} ${answer.status}`);
  const complaints = [...aboutFields(response, answer), ...aboutBody(response, answer, asked.method === 'HEAD')];
  return complaints.length === 0
    ? undefined
    : `${what} otherwise than the OpenAPI document says: ${complaints.join('; ')}.`;
}

function operationAt({ method, path }: { readonly method: string; readonly path: string }) {
  const address = addressOf(path);
  if (address === undefined) return undefined;
  return at<DescribedOperation>(['paths', address, method.toLowerCase()]);
}

function addressOf(path: string): string | undefined {
  try {
    const { route } = parseRequestTarget(path);
    return route === 'unknown' ? undefined : addresses[route];
  } catch {
    // What stands for a brace cannot be used: it is refused at an address all the same.
    return Object.values(addresses).find((address) => isAt(address, path));
  }
}

function isAt(address: string, path: string): boolean {
  const own = path
    .replace(/\?.*/, '')
    .replace(/^(?:\/v1\/b64|\/cache)\//, '/v1/cache/')
    .split('/');
  const parts = address.split('/');
  return parts.length === own.length && parts.every((part, at) => part.startsWith('{') || part === own[at]);
}

/** What the operation says, or else what is said of requests that reach none. */
function responseTo(
  operation: Place<DescribedOperation> | undefined,
  { status }: Answer,
): Place<Described> | undefined {
  const own = operation === undefined ? undefined : at<Described>([...operation.pointer, 'responses', String(status)]);
  return own ?? at<Described>(['x-before-operations', String(status)]);
}

function aboutFields({ pointer, value }: Place<Described>, { headers }: Answer): string[] {
  const described = new Map(Object.keys(value.headers).map((name) => [name.toLowerCase(), name]));
  const strangers = Object.keys(headers).filter((name) => !described.has(name) && !transport.has(name));
  const wrong = Array.from(described, ([name, written]) => {
    const field = at<{ required?: boolean; schema: { type?: string } }>([...pointer, 'headers', written]);
    const text = headers[name];
    if (text === undefined) return field?.value.required ? `the field ${written} is missing` : undefined;
    const isNumber = field?.value.schema.type === 'integer';
    return broken([...(field?.pointer ?? []), 'schema'], isNumber ? Number(text) : text, `the field ${written}`);
  });
  return [
    ...strangers.map((name) => `the field ${name} is not described`),
    ...wrong.filter((text) => text !== undefined),
  ];
}

function aboutBody({ pointer, value }: Place<Described>, { headers, body }: Answer, isHead: boolean): string[] {
  if (isHead) return body.length === 0 ? [] : ['there is a body'];
  const { content } = value;
  const type = headers['content-type'];
  if (content === undefined) return body.length === 0 && type === undefined ? [] : ['there is a body'];
  const essence = String(type).split(';')[0]?.trim() ?? '';
  const range = essence in content ? essence : '*/*';
  const described = content[range];
  if (described === undefined) return [`its type is ${essence}`];
  if (described.schema === undefined) return [];
  const complaint = broken([...pointer, 'content', range, 'schema'], JSON.parse(body.toString()), 'the body');
  return complaint === undefined ? [] : [complaint];
}

function broken(pointer: readonly string[], value: unknown, what: string): string | undefined {
  const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate = ajv.getSchema(`https://larder.test/openapi.json#/${escaped.join('/')}`);
  if (validate === undefined) return `${what} has no schema`;
  if (validate(value)) return undefined;
  return `${what} ${ajv.errorsText(validate.errors, { dataVar: '' }).trim()}`;
}

/** Goes by the members of the document, and on where a reference leads. */
function at<Value>(pointer: readonly string[]): Place<Value> | undefined {
  let place: Place<unknown> = { pointer: [], value: document };
  for (const part of pointer) {
    const value: unknown = Object(place.value)[part];
    place = { pointer: [...place.pointer, part], value };
    const reference: unknown = Object(value).$ref;
    if (typeof reference !== 'string') continue;
    const target = reference
      .slice(2)
      .split('/')
      .map((segment) => decodeURIComponent(segment).replaceAll('~1', '/'));
    place = at(target) ?? { pointer: target, value: undefined };
  }
  return place.value === undefined ? undefined : (place as Place<Value>);
}
