import { closestWord } from './closest-word.js';
import { type Command, UsageError } from './command.js';
import type { DescribedCommand } from './described-command.js';
import { exitCodes } from './exit-codes.js';
import { groupHelp } from './help.js';

/** Commands with a first word in common, such as `keys create` and `keys list`. */
export function commandGroup(name: string, summary: string, commands: readonly DescribedCommand[]): Command {
  const words = commands.map(({ description }) => description.name.slice(name.length + 1));
  return async ([word, ...parameters], surroundings) => {
    const help = groupHelp(
      name,
      summary,
      commands.map(({ description }) => description),
    );
    if (word === '--help' || word === '-h' || word === 'help') {
      surroundings.out(help);
      return exitCodes.done;
    }
    const found = commands[words.indexOf(word ?? '')];
    if (found !== undefined) return found.command(parameters, surroundings);
    if (word === undefined) throw new UsageError(`larder ${name} lacks a command.\n\n${help.trimEnd()}`);
    const meant = closestWord(word, words);
    const advice = meant === undefined ? `There are ${words.join(', ')}.` : `Did you mean larder ${name} ${meant}?`;
    throw new UsageError(`larder ${name} has no command ${JSON.stringify(word)}. ${advice}`);
  };
}
