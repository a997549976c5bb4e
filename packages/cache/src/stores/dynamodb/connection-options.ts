import { InvalidOptionError } from '../../errors.js';

/** What the store needs of a `DynamoDBClient` of `@aws-sdk/client-dynamodb` v3. */
export interface DynamoClient {
  send(command: object, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}

export interface DynamoCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How to reach the table: a client that is ready, or what one is made of. */
export interface DynamoConnectionOptions {
  /** The table's name or ARN. */
  readonly table: string;
  /** Used as it is and never closed. The options below are for a client of the store's own. */
  readonly client?: DynamoClient;
  /** Default: what the AWS SDK finds, in `AWS_REGION` or the profile. */
  readonly region?: string;
  /** For DynamoDB Local and VPC endpoints: `http://127.0.0.1:8000`. Default: Amazon's for the region. */
  readonly endpoint?: string;
  /** Default: what the AWS SDK finds: environment, profile, role of the machine. */
  readonly credentials?: DynamoCredentials | (() => Promise<DynamoCredentials>);
}

export const connectionOptionNames: readonly string[] = ['table', 'client', 'region', 'endpoint', 'credentials'];

/** Checks what was written, and answers a frozen copy. */
export function resolveConnection(place: string, options: DynamoConnectionOptions): DynamoConnectionOptions {
  const { table, client, region, endpoint, credentials } = options;
  if (typeof table !== 'string' || !(/^[\w.-]{3,255}$/.test(table) || table.startsWith('arn:'))) {
    throw new InvalidOptionError(`${place}: table must be the name of a table, such as 'larder', not ${shown(table)}.`);
  }
  if (client !== undefined && typeof client?.send !== 'function') {
    throw new InvalidOptionError(`${place}: client must be a DynamoDBClient: write client: new DynamoDBClient({}).`);
  }
  if (client !== undefined && (region ?? endpoint ?? credentials) !== undefined) {
    throw new InvalidOptionError(`${place}: with a client of your own, give region, endpoint and credentials to it.`);
  }
  if (endpoint !== undefined && !isUrl(endpoint)) {
    throw new InvalidOptionError(`${place}: endpoint must be an address such as 'http://127.0.0.1:8000'.`);
  }
  return Object.freeze({
    table,
    ...(client === undefined ? {} : { client }),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** @throws InvalidOptionError for a name that is none of `known` */
export function refuseUnknown(place: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(`${place} takes an object: write ${place}({ table: 'larder' }).`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new InvalidOptionError(`${place} has no option '${name.slice(0, 40)}': it has ${known.join(', ')}.`);
  }
}

function isUrl(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && /^https?:/.test(text);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}
