import type { CacheEvent, CacheEventOf, CacheEventType } from '../contracts/events.js';
import type { Clock } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { refuseUnknownOptions } from '../options/known-options.js';
import { boundedLabels } from './bounded-labels.js';
import { requireMethods } from './check-options.js';
import { type Listeners, listen, type ReportedCache } from './listen.js';
import { defaultLevels, type LineOptions, type LogLevel, logLine } from './log-lines.js';
import { Throttle } from './throttle.js';

export type { ReportedCache } from './listen.js';
export type { LogLevel } from './log-lines.js';

/** The part of a logger that is used, shaped like pino's; `console` has it too. */
export type Logger = Readonly<Record<LogLevel, (fields: object, message: string) => void>>;

export interface LoggerOptions {
  /** Changes how loud an event is; `false` silences it. What is silent is not listened to. */
  readonly levels?: Readonly<Partial<Record<CacheEventType, LogLevel | false>>>;
  /**
   * Logs keys and tags, as they are (`true`) or as a function shortens them. Default `false`: keys can hold personal
   * data.
   */
  readonly keys?: boolean | ((key: string) => string);
  /**
   * Logs the messages of all errors. Default `false`: name and code alone, and the message where a store says what is
   * wrong with it, because the message of a loader's error may quote keys and values.
   */
  readonly errorMessages?: boolean;
  /** Where time comes from; for tests. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'now'>;
}

const optionNames = ['levels', 'keys', 'errorMessages', 'clock'];
const levels: readonly unknown[] = ['debug', 'info', 'warn', 'error', false];

/**
 * Logs what happens in a cache and all its namespaces: never a value, and keys only if asked for. Of failures (loads by
 * namespace; store calls and dropped writes by operation) at most one a second is logged, with the number of those
 * `suppressed` before it.
 *
 * @returns a function that stops it
 * @throws InvalidOptionError if an option is unknown or has a value that cannot be used
 * @example
 * ```ts
 * const stop = reportToLogger(cache, pino(), { keys: (key) => key.split(':')[0] ?? '', levels: { evict: 'debug' } });
 * ```
 */
export function reportToLogger(cache: ReportedCache, logger: Logger, options: LoggerOptions = {}): () => void {
  refuseUnknownOptions('reportToLogger()', options, optionNames);
  requireMethods(
    logger,
    ['debug', 'info', 'warn', 'error'],
    'reportToLogger() takes a logger with debug, info, warn and error, such as pino() or console.',
  );
  const levelOf = resolveLevels(options.levels ?? {});
  const lineOptions = { showKey: resolveKeys(options.keys), errorMessages: options.errorMessages === true };
  return listen(cache, listenersFor(logger, levelOf, lineOptions, new Throttle(options.clock ?? Date)));
}

type LevelOf = (event: Pick<CacheEvent, 'type'>) => LogLevel | false;

function listenersFor(logger: Logger, levelOf: LevelOf, options: LineOptions, throttle: Throttle): Listeners {
  const namespaces = boundedLabels();
  const log = (event: CacheEvent): void => {
    const level = levelOf(event);
    const subject = throttledSubject(event, namespaces);
    const suppressed = subject === undefined ? 0 : throttle.admit(subject);
    if (level === false || suppressed === undefined) return;
    const { fields, message } = logLine(event, options);
    logger[level](suppressed === 0 ? fields : { ...fields, suppressed }, message);
  };
  const types = Object.keys(defaultLevels) as CacheEventType[];
  const listened = types.filter((type) => levelOf({ type }) !== false);
  return Object.fromEntries(listened.map((type) => [type, log]));
}

/** What fails once fails a thousand times a second. */
function throttledSubject(event: CacheEvent, namespaces: (name: string) => string): string | undefined {
  if (event.type === 'store-error' || event.type === 'write-dropped') return `${event.type} ${event.operation}`;
  if (event.type === 'recovery-lost') return `${event.type} ${event.reason}`;
  return event.type === 'load-error' ? `${event.type} ${namespaces(event.namespace)}` : undefined;
}

function resolveLevels(given: NonNullable<LoggerOptions['levels']>): LevelOf {
  refuseUnknownOptions('levels', given, Object.keys(defaultLevels));
  for (const [type, level] of Object.entries(given)) {
    if (levels.includes(level)) continue;
    throw new InvalidOptionError(
      `levels['${type}'] is ${String(level)}: write 'debug', 'info', 'warn', 'error' or false.`,
    );
  }
  return (event) => given[event.type] ?? (isOpening(event) ? 'error' : defaultLevels[event.type]);
}

function isOpening(event: Pick<CacheEvent, 'type'>): boolean {
  return event.type === 'circuit' && (event as CacheEventOf<'circuit'>).state === 'open';
}

function resolveKeys(keys: LoggerOptions['keys']): ((key: string) => string) | undefined {
  if (typeof keys === 'function') return keys;
  return keys === true ? (key) => key : undefined;
}
