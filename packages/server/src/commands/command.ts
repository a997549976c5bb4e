/** Where a command writes to. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Resolves with the exit code: 0 done, 1 not done, 2 not understood. */
export type Command = (parameters: readonly string[], output: Output) => Promise<number>;

/** What was typed cannot be right: the message says how it is. */
export class UsageError extends Error {}
