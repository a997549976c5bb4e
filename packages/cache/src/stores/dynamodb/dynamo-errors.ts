import { LarderError, StoreError } from '../../errors.js';

export const storeName = 'dynamodb';

/** What a failed call was about, for its message. */
export interface CallPlace {
  readonly operation: string;
  readonly table: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

const throttled = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'LimitExceededException',
];
const wrongCredentials = [
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'MissingAuthenticationTokenException',
  'MissingAuthenticationToken',
];
const expiredCredentials = ['ExpiredTokenException', 'ExpiredToken', 'RequestExpired'];
const unreachable = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT'];

/** What a caller is told instead of the client's error, which is kept as the cause. */
export function toStoreError(error: unknown, place: CallPlace): LarderError {
  if (error instanceof LarderError) return error;
  return new StoreError(storeName, messageFor(error, place), { cause: error });
}

export function throttledError({ table, operation }: Pick<CallPlace, 'table' | 'operation'>, cause?: unknown) {
  return new StoreError(storeName, throttledMessage(table, operation), { cause });
}

export function isNotAllowed(error: unknown): boolean {
  return nameOf(error) === 'AccessDeniedException';
}

export function isMissingTable(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException';
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function messageFor(error: unknown, place: CallPlace): string {
  const { table, operation } = place;
  const name = nameOf(error);
  const text = error instanceof Error ? error.message : String(error);
  if (throttled.includes(name)) return throttledMessage(table, operation);
  if (isMissingTable(error)) {
    return `There is no table ${table} ${whereOf(place)}. Make it: larder setup ${storeName} --table ${table}${flagsOf(place)}`;
  }
  if (isNotAllowed(error)) {
    return `These credentials may not do dynamodb:${operation} on the table ${table}: allow it in their IAM policy (docs/stores/dynamodb.md has one).`;
  }
  if (expiredCredentials.includes(name)) {
    return `The credentials for the table ${table} have expired: renew them, or give the client a provider that does.`;
  }
  if (wrongCredentials.includes(name)) {
    return `DynamoDB does not accept the credentials for the table ${table}: check key, secret, session token and region.`;
  }
  if (name === 'CredentialsProviderError') {
    return `No AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role, or the option credentials.`;
  }
  if (/region is missing/i.test(text)) return 'No AWS region was found: set AWS_REGION, or the option region.';
  if (name === 'ValidationException' && /key|schema/i.test(text)) {
    return `The table ${table} has another layout than this store's (pk and sk, both text). Make one: larder setup ${storeName} --table NAME`;
  }
  if (unreachable.includes(codeOf(error)) || name === 'TimeoutError') {
    return `DynamoDB cannot be reached ${whereOf(place)} (${codeOf(error) || name}): check region, endpoint and network.`;
  }
  return `DynamoDB failed ${operation} on the table ${table}: ${name === '' ? text : `${name}: ${text}`}`;
}

function throttledMessage(table: string, operation: string): string {
  return `DynamoDB throttles ${operation} on the table ${table}: raise its capacity or limits, make it on demand, or write less to one key.`;
}

function whereOf({ region, endpoint }: CallPlace): string {
  if (endpoint !== undefined) return `at ${withoutSecrets(endpoint)}`;
  return region === undefined ? "in the client's region" : `in ${region}`;
}

function flagsOf({ region, endpoint }: CallPlace): string {
  const regionFlag = region === undefined ? '' : ` --region ${region}`;
  return endpoint === undefined ? regionFlag : `${regionFlag} --endpoint ${withoutSecrets(endpoint)}`;
}

/** Scheme, host and port. */
function withoutSecrets(endpoint: string): string {
  return new URL(endpoint).origin;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
