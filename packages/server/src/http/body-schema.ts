import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ProblemCode } from './error-registry.js';
import { Problem } from './problem.js';

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 has them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a JSON body must be: told to callers in the OpenAPI document, and held against each body. */
export interface BodySchema<Body> {
  readonly schema: JsonSchema;
  /** @throws Problem that says which member is wrong, and how; never its value */
  read(value: unknown): Body;
}

/** The code of the problem where this part of a schema does not hold; `invalid_body` where it says nothing. */
export const problemKeyword = 'x-problem';

const ajv = new Ajv2020({ strict: true, verbose: true, allowUnionTypes: true });
ajv.addKeyword({ keyword: problemKeyword, schemaType: 'string' });

/** @param what - how a sentence about the value begins, such as `The body` */
export function bodySchema<Body>(schema: JsonSchema, what = 'The body'): BodySchema<Body> {
  let validate: ValidateFunction<Body> | undefined;
  return {
    schema,
    read(value) {
      // Compiled when the first one comes: a start of the service needs none.
      validate ??= ajv.compile<Body>(schema);
      if (validate(value)) return value;
      throw asProblem(what, validate.errors?.[0]);
    },
  };
}

function asProblem(what: string, error: ErrorObject | undefined): Problem {
  const code: ProblemCode = error?.parentSchema?.[problemKeyword] ?? 'invalid_body';
  return new Problem(code, `${what} ${error === undefined ? 'cannot be used' : complaint(error)}.`);
}

function complaint({ instancePath, keyword, message, params, parentSchema }: ErrorObject): string {
  const where = instancePath === '' ? '' : `has at ${instancePath} what cannot be used: it `;
  switch (keyword) {
    case 'additionalProperties':
      return `${where}has a member that is not one of ${Object.keys(parentSchema?.properties ?? {}).join(', ')}`;
    case 'type':
      return `${where}must be ${a(String(params.type))}`;
    case 'enum':
      return `${where}must be one of ${params.allowedValues.join(', ')}`;
    default:
      return where + (message ?? 'cannot be used');
  }
}

function a(type: string): string {
  const name = type === 'object' || type === 'array' ? `JSON ${type}` : type;
  return `${/^[aio]/.test(name) ? 'an' : 'a'} ${name}`;
}
