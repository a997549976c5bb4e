/** Every code a {@link LarderError} can carry. Each has a section of its own in docs/errors.md. */
export const errorCodes = [
  'LARDER_INVALID_OPTION',
  'LARDER_INVALID_CONFIG',
  'LARDER_INVALID_KEY',
  'LARDER_UNSUPPORTED_VALUE',
  'LARDER_NOT_AN_INTEGER',
  'LARDER_NOT_AN_OBJECT',
  'LARDER_UNSUPPORTED_BY_STORE',
  'LARDER_STORE_FAILED',
  'LARDER_STORE_FULL',
  'LARDER_STORE_CORRUPT',
  'LARDER_STORE_IN_USE',
  'LARDER_STORE_TIMEOUT',
  'LARDER_STORE_UNAVAILABLE',
  'LARDER_BUS_FAILED',
  'LARDER_LOADER_TIMEOUT',
  'LARDER_NOTHING_TO_RENEW',
  'LARDER_RECURSIVE_LOAD',
  'LARDER_LOCK_NOT_ACQUIRED',
  'LARDER_LOCK_LOST',
  'LARDER_CLIENT_MISSING',
  'LARDER_CLOSED',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What every error of this library is: a stable `code`, and a message that says what was wrong and what to do. */
export class LarderError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An option has a value that cannot be used. */
export class InvalidOptionError extends LarderError {
  constructor(message: string) {
    super('LARDER_INVALID_OPTION', message);
  }
}

/** The address of a store, such as `redis://localhost:6379`, cannot be used. Never tells a part of it: it may be secret. */
export class InvalidAddressError extends InvalidOptionError {
  /** What is wrong, as the end of a sentence. */
  readonly reason: string;
  /** An address that can be used. */
  readonly example: string;

  constructor(reason: string, example: string) {
    super(`The address of the store cannot be used: ${reason}. Example: ${example}`);
    this.reason = reason;
    this.example = example;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The setting, such as `memory.maxBytes`, or the environment variable; empty if the file as a whole is meant. */
  readonly name: string;
  /** The file, if that is where it stands. */
  readonly file?: string | undefined;
  /** The line of the file, from 1 on. */
  readonly line?: number | undefined;
  /** A sentence without its full stop. */
  readonly reason: string;
  /** What could be written instead. */
  readonly example?: string | undefined;
}

/** Environment variables or a `larder.yaml` that cannot be used. The message has a line for each problem. */
export class InvalidConfigError extends LarderError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('LARDER_INVALID_CONFIG', problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

function describeProblem({ name, file, line, reason, example }: ConfigProblem): string {
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
  const what = name === '' ? reason : `${name} ${reason}`;
  return `${place}${what}${reason.endsWith('?') ? '' : '.'}${example === undefined ? '' : ` Example: ${example}`}`;
}

/** A key, tag or index term that no back end could keep apart from others. */
export class InvalidKeyError extends LarderError {
  constructor(message: string) {
    super('LARDER_INVALID_KEY', message);
  }
}

/** A value that would not come back as it went in. */
export class UnsupportedValueError extends LarderError {
  /** Where in the value the culprit is, such as `value.user.save`. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super('LARDER_UNSUPPORTED_VALUE', `${path} ${problem}`);
    this.path = path;
  }
}

/** `increment` met a value that is not a safe integer. */
export class NotAnIntegerError extends LarderError {
  constructor(message: string) {
    super('LARDER_NOT_AN_INTEGER', message);
  }
}

/** `update` with a patch met a value that has no properties to patch. */
export class NotAnObjectError extends LarderError {
  constructor(message: string) {
    super('LARDER_NOT_AN_OBJECT', message);
  }
}

/** The store has no way to do what was asked. */
export class UnsupportedByStoreError extends LarderError {
  constructor(message: string) {
    super('LARDER_UNSUPPORTED_BY_STORE', message);
  }
}

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

/** A back end could not do what it was asked. `cause` holds the client's own error. */
export class StoreError extends LarderError {
  readonly store: string;

  constructor(store: string, message: string, options?: ErrorOptions & { code?: StoreErrorCode }) {
    super(options?.code ?? 'LARDER_STORE_FAILED', message, options);
    this.store = store;
  }
}

/** A message could not be handed to the bus: nobody gets it. `cause` holds the error of its transport. */
export class BusError extends LarderError {
  constructor(message: string, options?: ErrorOptions) {
    super('LARDER_BUS_FAILED', message, options);
  }
}

/** A loader did not answer within the hard timeout. */
export class LoaderTimeoutError extends LarderError {
  constructor(key: string, millis: number) {
    super(
      'LARDER_LOADER_TIMEOUT',
      `The loader of '${key}' did not answer within ${millis} ms (loaderTimeout.hard). Its signal has been aborted.`,
    );
  }
}

/** A loader answered `notModified()` where nothing was cached that could be renewed. */
export class NothingToRenewError extends LarderError {
  constructor(key: string) {
    super(
      'LARDER_NOTHING_TO_RENEW',
      `The loader of '${key}' answered notModified(), but nothing is cached: ask unconditionally where stale is undefined.`,
    );
  }
}

/** A loader asked the cache to load the very key that it is loading. */
export class RecursiveLoadError extends LarderError {
  constructor(key: string) {
    super(
      'LARDER_RECURSIVE_LOAD',
      `The loader of '${key}' asked the cache to load '${key}', and would wait for itself: call the source instead.`,
    );
  }
}

/** Somebody else had a lock for as long as was waited for it. The work has not begun. */
export class LockNotAcquiredError extends LarderError {
  readonly lock: string;
  /** When it ends at the latest, in milliseconds since the Unix epoch, unless it is extended; if that is known. */
  readonly until: number | undefined;

  constructor(lock: string, waited: number, until: number | undefined) {
    const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}, and longer if it is extended`;
    const how = waited > 0 ? `was not free within ${waited} ms` : 'is not free';
    super(
      'LARDER_LOCK_NOT_ACQUIRED',
      `The lock '${lock}' ${how}: somebody else has it${end}. Wait longer, or try later.`,
    );
    this.lock = lock;
    this.until = until;
  }
}

/**
 * A lock was lost while the work that it protects went on, so that somebody else may have begun theirs. `cause` is what
 * kept it from being extended, where that is known.
 */
export class LockLostError extends LarderError {
  readonly lock: string;

  constructor(lock: string, how: string, cause?: unknown) {
    super(
      'LARDER_LOCK_LOST',
      `The lock '${lock}' ${how}: somebody else may have it. Undo or check what was done, or have the resource refuse old fencing tokens.`,
      cause === undefined ? undefined : { cause },
    );
    this.lock = lock;
  }
}

/** The package that talks to this back end, compresses by this codec, or reads this file is not installed. */
export class ClientMissingError extends LarderError {
  constructor(name: string, client: string, cause: unknown, kind: 'store' | 'codec' | 'file' = 'store') {
    super('LARDER_CLIENT_MISSING', `The ${name} ${kind} needs the package "${client}": run "npm install ${client}".`, {
      cause,
    });
  }
}

/** The cache was closed before this call. */
export class ClosedError extends LarderError {
  constructor() {
    super('LARDER_CLOSED', 'This cache is closed. Call close() once, when nothing uses the cache any more.');
  }
}
