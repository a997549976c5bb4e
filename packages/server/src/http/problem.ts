import { errorRegistry, type ProblemCode } from './error-registry.js';

export const problemMediaType = 'application/problem+json';

/** A refusal, thrown by whoever finds the reason. `detail` is for the caller's eyes: never a value or a store's words. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Fields that the answer carries besides the usual ones, such as `Allow`. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, fields: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.fields = fields;
  }
}

/** The body of RFC 9457; `instance` names this very occurrence, which the log can be searched for. */
export function problemDocument(code: ProblemCode, detail: string, requestId: string): string {
  const { status, title, retryable } = errorRegistry[code];
  return JSON.stringify({
    type: `urn:larder:problem:${code}`,
    title,
    status,
    detail,
    instance: `urn:larder:request:${requestId}`,
    code,
    requestId,
    retryable,
  });
}
