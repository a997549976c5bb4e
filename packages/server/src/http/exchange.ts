import type { IncomingMessage, ServerResponse } from 'node:http';

/** What it takes to answer a request. A Fastify reply is one. */
export interface Exchange {
  readonly raw: ServerResponse;
  readonly request: { readonly raw: IncomingMessage; readonly id: string };
}
