export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];

/** What may stand in a log line. Never a key, a value, a query, a body or a credential. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line of JSON for each call whose level is on. */
export interface Logger {
  /** False spares the caller the making of the fields. */
  readonly isDebug: boolean;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

export function createLogger(level: LogLevel, write: (line: string) => void, now: () => number): Logger {
  const rank = logLevels.indexOf(level);
  function at(lineLevel: LogLevel) {
    if (logLevels.indexOf(lineLevel) > rank) return () => {};
    return (message: string, fields?: LogFields) => {
      const time = new Date(now()).toISOString();
      write(`${JSON.stringify({ time, level: lineLevel, message, ...fields })}\n`);
    };
  }
  return Object.freeze({
    isDebug: level === 'debug',
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
  });
}

export const silentLogger = createLogger(
  'silent',
  () => {},
  () => 0,
);

/** An error as fields: where it came from, and its cause's code; the cause's words stay out of answers, not of logs. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { error: error.message, code, stack: error.stack };
}
