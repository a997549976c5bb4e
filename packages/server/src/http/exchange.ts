import type { IncomingMessage, ServerResponse } from 'node:http';

/** What it takes to answer a request. A Fastify reply is one. */
export interface Exchange {
  readonly raw: ServerResponse;
  readonly request: {
    readonly raw: IncomingMessage;
    readonly id: string;
    /** Nobody until an API key is recognised. */
    readonly caller?: { readonly tenant: { readonly id: string }; readonly keyId: string } | null;
  };
  /** Gets the answer before it is sent. */
  readonly keepAnswer?: AnswerKeeper | undefined;
}

/** An answer before it is sent, without the fields that all answers have. */
export interface GivenAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** A refusal, and the same request may succeed later. */
  readonly isRetryable: boolean;
}

/** Calls `send` when the answer may go; also where there is nobody any more to send it to. */
export type AnswerKeeper = (answer: GivenAnswer, send: () => void) => void;
