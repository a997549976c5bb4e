import { ClientMissingError, type ErrorCode, LarderError, StoreError } from '../../errors.js';

export const storeName = 'firestore';
export const clientPackage = '@google-cloud/firestore';

/** Status codes of gRPC, as the client has them in `code`. */
const status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What a caller is told instead of the client's error, which is kept as the cause. */
export function toStoreError(error: unknown, collection: string): LarderError {
  if (error instanceof LarderError) return error;
  if (isMissingPackage(error)) return new ClientMissingError(storeName, clientPackage, error);
  const code = codeOf(error);
  return storeError(messageFor(code, error, collection), error, errorCodeFor(code));
}

export function tooSlow(millis: number): StoreError {
  const message = `Firestore did not answer within ${millis} ms. Whether it did what was asked is not known.`;
  return storeError(message, undefined, 'LARDER_STORE_TIMEOUT');
}

export function tooMuchWaiting(limit: number): StoreError {
  return storeError(`${limit} documents wait for Firestore already: ask for less at once, or later.`);
}

export function tooContended(attempts: number): StoreError {
  return storeError(
    `Others changed the entry before each of ${attempts} attempts to write it: write one key from fewer places.`,
  );
}

/** Somebody else wrote the document after it was read: nothing was written, and it can be tried again. */
export function isConflict(error: unknown): boolean {
  const conflicts: readonly unknown[] = [
    status.notFound,
    status.alreadyExists,
    status.failedPrecondition,
    status.aborted,
  ];
  return conflicts.includes(codeOf(error));
}

/** The account may not do it, or there is none: somebody else has to. */
export function isLackOfRights(error: unknown): boolean {
  const code = codeOf(error);
  return code === status.permissionDenied || code === status.unauthenticated || hasNoCredentials(error);
}

function messageFor(code: unknown, error: unknown, collection: string): string {
  switch (code) {
    case status.unauthenticated:
      return 'Firestore does not accept the credentials: run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account.';
    case status.permissionDenied:
      return `The account may not use the collection ${collection}: give it the role roles/datastore.user, and see that the Firestore API is enabled in the project.`;
    case status.notFound:
      return 'There is no such Firestore database: check projectId and databaseId, or create it with "gcloud firestore databases create".';
    case status.resourceExhausted:
      return 'The quota of the Firestore project is used up, or it is asked for too much at once: raise the quota, enable billing, or ask for less.';
    case status.unavailable:
      return 'Firestore cannot be reached: check the network, and FIRESTORE_EMULATOR_HOST where an emulator is meant.';
    case status.deadlineExceeded:
      return 'Firestore did not answer in time. Whether it did what was asked is not known.';
    case status.aborted:
      return 'Firestore gave the request up because of others at the same time: try it again.';
    case status.invalidArgument:
      return `Firestore refused the request as invalid; check the collection ${JSON.stringify(collection)}.`;
    default:
      return hasNoCredentials(error) ? noCredentials : `Firestore failed: ${messageOf(error)}`;
  }
}

const noCredentials =
  'No credentials, or no project, for Firestore were found: give projectId, and run "gcloud auth application-default login" or set GOOGLE_APPLICATION_CREDENTIALS.';

/** These come from the authentication library, without a code. */
function hasNoCredentials(error: unknown): boolean {
  return /default credentials|detect a Project Id/i.test(messageOf(error));
}

function errorCodeFor(code: unknown): StoreErrorCode {
  return code === status.deadlineExceeded ? 'LARDER_STORE_TIMEOUT' : 'LARDER_STORE_FAILED';
}

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

function storeError(message: string, cause?: unknown, code: StoreErrorCode = 'LARDER_STORE_FAILED'): StoreError {
  return new StoreError(storeName, message, { code, ...(cause === undefined ? {} : { cause }) });
}

function isMissingPackage(error: unknown): boolean {
  return codeOf(error) === 'ERR_MODULE_NOT_FOUND';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
