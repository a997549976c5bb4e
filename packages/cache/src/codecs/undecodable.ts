/** Thrown inside a decoder when bytes mean nothing; decoders answer with its reason and never let it out. */
export class Undecodable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A decoder's answer to what was thrown inside it. The engine's own messages quote the value, so they stay inside. */
export function failure(thrown: unknown): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: thrown instanceof Undecodable ? thrown.reason : 'The payload is malformed.' };
}
