import { larder } from '../../src/commands/larder.js';

export interface Ended {
  readonly code: number;
  /** Standard output, as bytes. */
  readonly bytes: Buffer;
  readonly out: string;
  readonly error: string;
}

export interface LarderOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Both standard input and standard output are one. */
  readonly isTerminal?: boolean;
  readonly now?: () => number;
  /** What happens while the command waits: `false` is Ctrl-C. */
  readonly onWait?: (millis: number) => Promise<boolean>;
}

/** The `larder` command in this process. */
export async function runLarder(words: readonly string[], options: LarderOptions = {}): Promise<Ended> {
  const { environment = {}, input = '', isTerminal = false, now = Date.now, onWait } = options;
  const interruption = new AbortController();
  const written: Buffer[] = [];
  let error = '';
  const code = await larder(words, {
    out: (content) => written.push(Buffer.from(content)),
    error: (text) => {
      error += text;
    },
    environment,
    input: (async function* () {
      yield Buffer.from(input);
    })(),
    inputIsTerminal: isTerminal,
    outputIsTerminal: isTerminal,
    interrupted: interruption.signal,
    now,
    async wait(millis) {
      if (!(await onWait?.(millis))) interruption.abort();
    },
  });
  const bytes = Buffer.concat(written);
  return { code, bytes, out: bytes.toString(), error };
}
