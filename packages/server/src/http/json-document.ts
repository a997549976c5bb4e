import { Problem } from './problem.js';

/** A parsed JSON text together with its source, from which values can be taken over as they were written. */
export interface JsonDocument {
  readonly source: string;
  readonly value: unknown;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const strictText = new TextDecoder('utf-8', { fatal: true });
/** Also in its escaped spellings; the finding is then looked at in the parsed value. */
const suspicious =
  /(?:_|\\u005f)(?:_|\\u005f)(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f)/i;

export function parseJson(bytes: Uint8Array): JsonDocument {
  const source = decodeText(bytes);
  const value = parseText(source);
  if (suspicious.test(source)) refusePrototypeNames(value);
  return { source, value };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return strictText.decode(bytes);
  } catch {
    throw new Problem('invalid_body', 'The body is not valid UTF-8.');
  }
}

function parseText(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new Problem('invalid_body', 'The body is not valid JSON (RFC 8259).');
  }
}

/** Looks without recursion: a body of nothing but brackets must not exhaust the stack. */
function refusePrototypeNames(root: unknown): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) {
      throw new Problem('invalid_body', 'The body has a member named __proto__, which is refused.');
    }
    for (const inner of Object.values(value)) open.push(inner);
  }
}
