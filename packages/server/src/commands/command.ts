import type { Environment } from '../config.js';
import { exitCodes } from './exit-codes.js';

/** Where a command writes to. */
export interface Output {
  readonly out: (content: string | Uint8Array) => void;
  readonly error: (text: string) => void;
}

/** All that a command touches of the process that it runs in. */
export interface Surroundings extends Output {
  readonly environment: Environment;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array | string>;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  /** Aborted by Ctrl-C, which otherwise ends the process: only for commands that have to end in order. */
  readonly interrupted: AbortSignal;
  readonly now: () => number;
  /** Over after so many milliseconds, or when the command is interrupted. */
  readonly wait: (millis: number) => Promise<void>;
}

/** Resolves with the exit code (exit-codes.ts). */
export type Command = (parameters: readonly string[], surroundings: Surroundings) => Promise<number>;

/** What was typed cannot be right: the message says how it is. */
export class UsageError extends Error {}

/** The command cannot do what it was told. */
export class CommandFailure extends Error {
  readonly code: string;
  readonly exitCode: number;
  /** What the service said besides, for `--json`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    { code = 'failed', exitCode = exitCodes.failed as number, details = {} as Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.details = details;
  }
}
