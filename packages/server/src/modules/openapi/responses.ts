import { commonFields } from '../../http/answers.js';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { errorRegistry, type ProblemCode, problemCodes } from '../../http/error-registry.js';
import type { AnswerDescription, Described } from '../../http/operation.js';
import { problemMediaType } from '../../http/problem.js';
import { kindFields, type OperationKind, problemFields } from './implied.js';

type Content = NonNullable<AnswerDescription['content']>;

export const problemSchema: JsonSchema = {
  ...closedObject({
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong, for the eyes of the caller.' },
    instance: { type: 'string', format: 'uri', description: 'Names this occurrence.' },
    code: { type: 'string', enum: problemCodes, description: 'Stable, for programs.' },
    requestId: { type: 'string', description: 'The log can be searched for it.' },
    retryable: { type: 'boolean', description: 'Whether the same request can succeed later.' },
  }),
  description: 'RFC 9457',
};

/** The fields that every answer has, as components. */
export function commonHeaders(): Record<string, object> {
  const names = commonFields.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(names.map((name) => [name, { required: true, schema: { type: 'string' } }]));
}

/** @param hasBody - false for the answers to HEAD */
export function responseOf(
  { description, content, fields }: AnswerDescription,
  kind: OperationKind,
  hasBody: boolean,
): object {
  return {
    description,
    headers: headersOf({ ...fields, ...kindFields[kind] }),
    ...(content === undefined || !hasBody ? {} : { content: contentOf(content) }),
  };
}

export function problemResponseName(codes: readonly ProblemCode[], kind: OperationKind, hasBody: boolean): string {
  return [kind, ...(hasBody ? [] : ['head']), ...codes].join('.');
}

/** The answer with one status, which stands for any of `codes`. */
export function problemResponse(
  status: number,
  codes: readonly ProblemCode[],
  kind: OperationKind,
  hasBody: boolean,
): object {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    properties: { status: { const: status }, code: { enum: codes } },
  };
  return responseOf(
    {
      description: codes.map((code) => `\`${code}\`: ${errorRegistry[code].title}`).join('. '),
      content: { [problemMediaType]: schema },
      fields: problemFields[status] ?? {},
    },
    kind,
    hasBody,
  );
}

export function contentOf(content: Content): object {
  const types = Object.entries(content).map(([type, schema]) => [type, schema === undefined ? {} : { schema }]);
  return Object.fromEntries(types);
}

function headersOf(fields: Readonly<Record<string, Described>> = {}): object {
  const common = Object.keys(commonHeaders()).map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  const own = Object.entries(fields).map(([name, { description, schema, isRequired = false }]) => [
    name,
    { description, required: isRequired, schema },
  ]);
  return Object.fromEntries([...common, ...own]);
}
