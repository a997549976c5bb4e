import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoClient, DynamoConnectionOptions } from '../../../src/stores/dynamodb/index.js';

export interface ObservedClient extends DynamoClient {
  /** The names of the calls made so far: `PutItem` and so on. */
  readonly calls: string[];
  /** What a call does instead of being sent; `undefined` sends it. */
  instead: ((call: SentCall) => Promise<unknown> | undefined) | undefined;
  destroy(): void;
}

export interface SentCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
  /** Sends it to the real server, with another input or as it is. */
  send(input?: Record<string, unknown>): Promise<unknown>;
}

/** The real client of a real server, and what passes through it: to count calls, and to lose answers. */
export function observedClient(options: Omit<DynamoConnectionOptions, 'table' | 'client'>): ObservedClient {
  const real: DynamoClient & { destroy(): void } = new DynamoDBClient({ ...options });
  const observed: ObservedClient = {
    calls: [],
    instead: undefined,
    send(command, sendOptions) {
      const { input } = command as { input: Record<string, unknown> };
      const name = command.constructor.name.replace(/Command$/, '');
      observed.calls.push(name);
      const call: SentCall = {
        name,
        input,
        send: (other = input) => {
          const Command = command.constructor as new (input: Record<string, unknown>) => object;
          return real.send(new Command(other), sendOptions);
        },
      };
      return observed.instead?.(call) ?? call.send();
    },
    destroy: () => real.destroy(),
  };
  return observed;
}
