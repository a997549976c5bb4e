import type { Answer } from '../support/http-client.js';
import type { ServiceProcess } from '../support/service-process.js';

/** What the rows of the REST API are tested with, on one store after the other. */
export interface RestContext {
  readonly store: StoreUnderTest;
  /** The service as a process of its own. There is one once the tests run. */
  readonly service: () => ServiceProcess;
  /** With an API key that has every scope. */
  call(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  callJson(method: string, path: string, body: unknown): Promise<Answer>;
  json(answer: Answer): ReturnType<typeof JSON.parse>;
}

export interface StoreUnderTest {
  readonly name: string;
  /** Why it is not tested here. */
  readonly missing?: string | undefined;
  /** What LARDER_STORE says, what else the service must be told, and how to end what it needs. */
  start(): Promise<{
    readonly address: string;
    readonly environment?: Readonly<Record<string, string>>;
    stop(): Promise<void>;
  }>;
  readonly memory?: string;
  readonly workers?: number;
  /** It takes values of 1 MiB, which is all that the service takes. */
  readonly takesLargestValues: boolean;
  /** It can list its keys, and finds entries by index terms. */
  readonly lists: boolean;
  /** It can say which entries have expired. */
  readonly tellsExpiry?: boolean;
}
