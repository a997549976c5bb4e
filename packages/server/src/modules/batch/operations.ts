import {
  type BodySchema,
  bodySchema,
  type JsonSchema,
  missingKeyword,
  problemKeyword,
} from '../../http/body-schema.js';
import { onlyIfAbsent } from '../../http/conditional.js';
import { checkedKey } from '../../http/entry-key.js';
import { isJsonObject, type JsonDocument } from '../../http/json-document.js';
import { elementSpans, memberSpans } from '../../http/json-source.js';
import { Problem } from '../../http/problem.js';
import { ttlSchema } from '../../http/ttl.js';
import { defaultLimits, type Limits } from '../../limits.js';
import type { EntryWrite } from '../entries/entry-write.js';
import { type Envelope, envelopeProperties, oneValue, writeFromEnvelope } from '../entries/envelope.js';
import { type Increment, incrementFrom, incrementProperties } from '../entries/increment-entry.js';

/** One checked operation of a batch. */
export type Operation =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'exists' | 'delete'; readonly key: string }
  | { readonly op: 'set' | 'add'; readonly key: string; readonly write: EntryWrite }
  | { readonly op: 'touch'; readonly key: string; readonly ttlSeconds: number }
  | { readonly op: 'increment'; readonly key: string; readonly increment: Increment };

/** One operation as it was sent: the parsed object, and where in the body it begins. */
export interface OperationSource {
  readonly object: unknown;
  readonly source: string;
  readonly start: number;
}

interface Keyed {
  readonly key: string;
}

const plain = {
  get: operationSchema<Keyed>('get'),
  exists: operationSchema<Keyed>('exists'),
  delete: operationSchema<Keyed>('delete'),
};
const writes = {
  set: operationSchema<Keyed & Envelope>('set', envelopeProperties, oneValue),
  add: operationSchema<Keyed & Envelope>('add', envelopeProperties, oneValue),
};
const touch = operationSchema<Keyed & { readonly ttl: number }>(
  'touch',
  { ttl: { ...ttlSchema, [missingKeyword]: 'invalid_ttl' } },
  { required: ['ttl'] },
);
const increment = operationSchema<Keyed & Parameters<typeof incrementFrom>[0]>('increment', incrementProperties);

const kinds = { ...plain, ...writes, touch, increment };

/** The list alone: what is wrong with one operation is that operation's result. */
const batch = bodySchema<{ readonly operations: readonly unknown[] }>(batchOf({}));

/** What the documents say of a batch. Each operation is held against the schema of its kind. */
export const batchSchema = batchOf({ oneOf: Object.values(kinds).map(({ schema }) => schema) });

/** The operations of a batch, not yet looked into. */
export function operationsOf({ value, source }: JsonDocument): readonly OperationSource[] {
  const { operations } = batch.read(value);
  // Only values are taken from the source: what writes nothing need not be looked for there.
  if (!operations.some(writesValue)) return operations.map((object) => ({ object, source, start: 0 }));
  const start = memberSpans(source, 0).get('operations')?.start ?? 0;
  return elementSpans(source, start).map((span, at) => ({ object: operations[at], source, start: span.start }));
}

function writesValue(object: unknown): boolean {
  return isJsonObject(object) && Object.hasOwn(writes, String(object.op));
}

/** @throws Problem that becomes the result of this operation, and of no other */
export function parseOperation({ object, source, start }: OperationSource, limits: Limits): Operation {
  if (!isJsonObject(object)) throw new Problem('invalid_body', 'An operation must be a JSON object.');
  const { op } = object;
  switch (op) {
    case 'get':
    case 'exists':
    case 'delete':
      return { op, key: keyOf(plain[op].read(object)) };
    case 'touch': {
      const touched = touch.read(object);
      return { op, key: keyOf(touched), ttlSeconds: touched.ttl };
    }
    case 'increment': {
      const command = increment.read(object);
      return { op, key: keyOf(command), increment: incrementFrom(command) };
    }
    case 'set':
    case 'add': {
      const envelope = writes[op].read(object);
      const key = keyOf(envelope);
      const write = writeFromEnvelope({ object: envelope, source, start }, limits);
      return { op, key, write: op === 'add' ? { ...write, conditions: onlyIfAbsent } : write };
    }
    default:
      throw new Problem('invalid_body', `op must be one of ${Object.keys(kinds).join(', ')}.`);
  }
}

function operationSchema<Body>(
  op: string,
  properties: Readonly<Record<string, JsonSchema>> = {},
  { required = [], ...rules }: { readonly required?: readonly string[] } & JsonSchema = {},
): BodySchema<Body> {
  const code = 'invalid_key';
  const key = {
    type: 'string',
    description: 'Of 1 to 512 bytes of UTF-8.',
    [problemKeyword]: code,
    [missingKeyword]: code,
  };
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['op', 'key', ...required],
    properties: { op: { const: op }, key, ...properties },
    ...rules,
  };
  return bodySchema<Body>(schema, 'An operation');
}

function batchOf(items: JsonSchema): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['operations'],
    properties: { operations: { type: 'array', maxItems: defaultLimits.batchOperations, items } },
  };
}

function keyOf({ key }: Keyed): string {
  if (key.isWellFormed()) return checkedKey(key);
  throw new Problem('invalid_key', 'key must be well-formed text.');
}
