import { onlyIfAbsent } from '../../http/conditional.js';
import { checkedKey } from '../../http/entry-key.js';
import { checkedObject, isJsonObject, type JsonDocument, type JsonObject } from '../../http/json-document.js';
import { elementSpans, memberSpans } from '../../http/json-source.js';
import { Problem } from '../../http/problem.js';
import { checkedSeconds } from '../../http/ttl.js';
import type { Limits } from '../../limits.js';
import type { EntryWrite } from '../entries/entry-write.js';
import { envelopeMembers, writeFromEnvelope } from '../entries/envelope.js';
import { type Increment, incrementFrom, incrementMembers } from '../entries/increment-entry.js';

/** One checked operation of a batch. */
export type Operation =
  | { readonly op: 'get' | 'exists' | 'delete'; readonly key: string }
  | { readonly op: 'set' | 'add'; readonly key: string; readonly write: EntryWrite }
  | { readonly op: 'touch'; readonly key: string; readonly ttlSeconds: number }
  | { readonly op: 'increment'; readonly key: string; readonly increment: Increment };

/** One operation as it was sent: the parsed object, and where in the body it begins. */
export interface OperationSource {
  readonly object: unknown;
  readonly source: string;
  readonly start: number;
}

/** The operations of a batch, not yet looked into. */
export function operationsOf({ value, source }: JsonDocument, limits: Limits): readonly OperationSource[] {
  const { operations } = checkedObject(value, 'The body', ['operations']);
  if (!Array.isArray(operations)) throw new Problem('invalid_body', 'operations must be a list.');
  if (operations.length > limits.batchOperations) {
    throw new Problem('invalid_body', `A batch has at most ${limits.batchOperations} operations.`);
  }
  const start = memberSpans(source, 0).get('operations')?.start ?? 0;
  return elementSpans(source, start).map((span, at) => ({ object: operations[at], source, start: span.start }));
}

/** @throws Problem that becomes the result of this operation, and of no other */
export function parseOperation({ object, source, start }: OperationSource, limits: Limits): Operation {
  if (!isJsonObject(object)) throw new Problem('invalid_body', 'An operation must be a JSON object.');
  const { op } = object;
  switch (op) {
    case 'get':
    case 'exists':
    case 'delete':
      return { op, key: keyOf(checked(object, [])) };
    case 'touch':
      return { op, key: keyOf(checked(object, ['ttl'])), ttlSeconds: checkedSeconds(object.ttl) };
    case 'increment': {
      const { op: _op, key: _key, ...command } = checked(object, incrementMembers);
      return { op, key: keyOf(object), increment: incrementFrom(command) };
    }
    case 'set':
    case 'add': {
      const key = keyOf(checked(object, envelopeMembers));
      const write = writeFromEnvelope({ object, source, start }, limits);
      return { op, key, write: op === 'add' ? { ...write, conditions: onlyIfAbsent } : write };
    }
    default:
      throw new Problem('invalid_body', 'op must be get, set, add, delete, exists, touch or increment.');
  }
}

function checked(object: JsonObject, members: readonly string[]): JsonObject {
  return checkedObject(object, 'An operation', ['op', 'key', ...members]);
}

function keyOf({ key }: JsonObject): string {
  if (typeof key === 'string' && key.isWellFormed()) return checkedKey(key);
  throw new Problem('invalid_key', 'key must be well-formed text.');
}
