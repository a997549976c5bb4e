import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ProblemCode } from './error-registry.js';
import { Problem } from './problem.js';

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 has them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An object that has all of these members and no other. */
export function closedObject(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

/** What a JSON body must be: told to callers in the OpenAPI document, and held against each body. */
export interface BodySchema<Body> {
  readonly schema: JsonSchema;
  /** @throws Problem that says which member is wrong, and how; never its value */
  read(value: unknown): Body;
}

/** The code of the problem where this part of a schema does not hold; `invalid_body` where it says nothing. */
export const problemKeyword = 'x-problem';

/** The code of the problem where this member is missing; that of the object where it says nothing. */
export const missingKeyword = 'x-problem-missing';

/** A whole sentence for callers where this part of a schema does not hold, instead of one made from its keywords. */
export const detailKeyword = 'x-detail';

/** The schemas are checked by the tests, against the meta-schema too: no request waits for that. */
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  validateSchema: false,
  verbose: true,
  allowUnionTypes: true,
});
ajv.addKeyword({ keyword: problemKeyword, schemaType: 'string' });
ajv.addKeyword({ keyword: missingKeyword, schemaType: 'string' });
ajv.addKeyword({ keyword: detailKeyword, schemaType: 'string' });

/** @param what - how a sentence about the value begins, such as `The body` */
export function bodySchema<Body>(schema: JsonSchema, what = 'The body'): BodySchema<Body> {
  let validate: ValidateFunction<Body> | undefined;
  return {
    schema,
    read(value) {
      // Compiled when the first one comes: a start of the service needs none.
      validate ??= ajv.compile<Body>(schema);
      if (validate(value)) return value;
      throw asProblem(what, validate.errors ?? []);
    },
  };
}

/** The last error is the outermost: behind those of the branches of an `anyOf`, the one that says that none held. */
function asProblem(what: string, errors: readonly ErrorObject[]): Problem {
  const outer = errors.at(-1)?.parentSchema;
  if (typeof outer?.[detailKeyword] === 'string') return new Problem(codeOf(errors.at(-1)), outer[detailKeyword]);
  const [inner] = errors;
  return new Problem(codeOf(inner), `${what} ${inner === undefined ? 'cannot be used' : complaint(inner)}.`);
}

function codeOf(error: ErrorObject | undefined): ProblemCode {
  const { keyword, params, parentSchema } = error ?? {};
  const missing = keyword === 'required' ? parentSchema?.properties?.[params?.missingProperty] : undefined;
  return missing?.[missingKeyword] ?? parentSchema?.[problemKeyword] ?? 'invalid_body';
}

function complaint({ instancePath, keyword, message, params, parentSchema }: ErrorObject): string {
  const where = instancePath === '' ? '' : `has at ${instancePath} what cannot be used: it `;
  switch (keyword) {
    case 'additionalProperties':
      return `${where}has a member that is not one of ${Object.keys(parentSchema?.properties ?? {}).join(', ')}`;
    case 'type':
      return `${where}must be ${a(String(params.type))}`;
    case 'required':
      return `${where}has no member ${params.missingProperty}`;
    case 'const':
      return `${where}must be ${JSON.stringify(params.allowedValue)}`;
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
