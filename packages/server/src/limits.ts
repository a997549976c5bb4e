const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

/** The service's ceilings. Sizes are bytes, times are milliseconds unless their type says otherwise. */
export interface Limits {
  readonly valueBytes: number;
  /** An envelope is larger than its value: base64 takes a third more, and escapes may take the double. */
  readonly envelopeBytes: number;
  /** For the small JSON bodies of PATCH and increment. */
  readonly commandBytes: number;
  /** For the list of tags to invalidate. */
  readonly tagListBytes: number;
  readonly batchBytes: number;
  /** For an answer that is kept for an Idempotency-Key: every store takes as much. */
  readonly keptAnswerBytes: number;
  /** This, and those of tags and indexes, the schemas of bodies take from the defaults. */
  readonly batchOperations: number;
  readonly keysPerPage: number;
  /** For pages of whole entries; a page that grows larger than a batch may be ends before. */
  readonly entriesPerPage: number;
  readonly tagsPerEntry: number;
  readonly indexesPerEntry: number;
  readonly headBytes: number;
  readonly headTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /**
   * How long a connection may go without a byte either way while a request or an answer is under way. More than the
   * longest heartbeat of an event stream.
   */
  readonly silenceTimeout: number;
  /** How many requests of a connection are begun before the answer to an earlier one has been sent. */
  readonly requestsAhead: number;
  /** The bodies of all answers together that nobody has taken yet. */
  readonly unsentBytes: number;
  /** What the values in the answer to a batch take together. */
  readonly batchAnswerBytes: number;
  /** How often a conditional write that lost a race to another writer is tried again. */
  readonly writeAttempts: number;
  /** From SIGTERM until connections are cut; closing the store comes after. */
  readonly drainTimeout: number;
  /** The end of it all, whatever is still open. */
  readonly exitTimeout: number;
  /** For writes that name no time to live. */
  readonly defaultTtlSeconds: number;
}

export const defaultLimits: Limits = Object.freeze({
  valueBytes: mebibyte,
  envelopeBytes: 2 * mebibyte,
  commandBytes: 4 * kibibyte,
  tagListBytes: 128 * kibibyte,
  batchBytes: 8 * mebibyte,
  keptAnswerBytes: 256 * kibibyte,
  batchOperations: 100,
  keysPerPage: 1_000,
  entriesPerPage: 100,
  tagsPerEntry: 64,
  indexesPerEntry: 16,
  headBytes: 8 * kibibyte,
  headTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  silenceTimeout: 75_000,
  requestsAhead: 4,
  unsentBytes: 128 * mebibyte,
  batchAnswerBytes: 8 * mebibyte,
  writeAttempts: 16,
  drainTimeout: 7_000,
  exitTimeout: 9_500,
  defaultTtlSeconds: 30 * 86_400,
});
