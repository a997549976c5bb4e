import { type Command, UsageError } from './command.js';
import { setupFirestoreCommand } from './setup-firestore.js';

/** Each back end that wants preparing, and the command that does it. */
const backEnds: ReadonlyMap<string, Command> = new Map([['firestore', setupFirestoreCommand]]);

export const setup: Command = async ([name, ...parameters], output) => {
  const command = name === undefined ? undefined : backEnds.get(name);
  if (command !== undefined) return command(parameters, output);
  const names = [...backEnds.keys()].join(', ');
  throw new UsageError(
    `larder setup needs the name of a back end, and there is setup for: ${names}. Example: larder setup firestore --project my-project --collection cache`,
  );
};
