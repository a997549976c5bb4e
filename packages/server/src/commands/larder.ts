import { LarderError } from '@larder/cache';
import { type Command, type Output, UsageError } from './command.js';
import { health } from './health.js';
import { serve } from './serve.js';
import { setup } from './setup.js';

const usage = `Usage:
  larder                    starts the service, as the environment says (LARDER_PORT, LARDER_STORE, ...)
  larder health             exits with 0 if the service that these variables start is alive
  larder setup <back end>   prepares a back end to hold entries
`;

const commands: ReadonlyMap<string | undefined, Command> = new Map([
  [undefined, serve],
  ['health', health],
  ['setup', setup],
  ['help', help],
  ['--help', help],
]);

/** The `larder` command: everything it is told stands in its parameters. */
export async function larder([name, ...parameters]: readonly string[], output: Output): Promise<number> {
  try {
    const command = commands.get(name);
    if (command === undefined)
      throw new UsageError(`larder has no command ${JSON.stringify(name)}.\n${usage.trimEnd()}`);
    return await command(parameters, output);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof LarderError)) throw error;
    output.error(`${error.message}\n`);
    return error instanceof UsageError || error.code === 'LARDER_INVALID_OPTION' ? 2 : 1;
  }
}

async function help(_: readonly string[], { out }: Output): Promise<number> {
  out(usage);
  return 0;
}
