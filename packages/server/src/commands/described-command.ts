import type { Command, Surroundings } from './command.js';
import type { CommandDescription, Given, OptionDescriptions } from './command-description.js';
import { exitCodes } from './exit-codes.js';
import { commandHelp } from './help.js';
import { parseParameters } from './parse-parameters.js';

export interface DescribedCommand {
  readonly description: CommandDescription;
  readonly command: Command;
}

/** A command that reads its parameters as its description says, and explains itself. */
export function describedCommand<const Options extends OptionDescriptions>(
  description: CommandDescription<Options>,
  run: (given: Given<Options>, surroundings: Surroundings) => Promise<number>,
): DescribedCommand {
  return {
    description,
    async command(parameters, surroundings) {
      const { wantsHelp, operands, options } = parseParameters(description, parameters);
      if (wantsHelp) {
        surroundings.out(commandHelp(description));
        return exitCodes.done;
      }
      // Made from the same description as their type.
      return run({ operands, options: options as Given<Options>['options'] }, surroundings);
    },
  };
}
