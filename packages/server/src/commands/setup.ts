import { type Command, UsageError } from './command.js';
import { setupDynamodbCommand, setupDynamodbUsage } from './setup-dynamodb.js';
import { setupFirestoreCommand, setupFirestoreUsage } from './setup-firestore.js';

/** Each back end that wants preparing, and the command that does it. */
const backEnds: ReadonlyMap<string, Command> = new Map([
  ['dynamodb', setupDynamodbCommand],
  ['firestore', setupFirestoreCommand],
]);

export const setup: Command = async ([name, ...parameters], output) => {
  if (name === 'help' || name === '--help') {
    output.out(`Usage:\n  ${setupDynamodbUsage}\n  ${setupFirestoreUsage}\n`);
    return 0;
  }
  const command = name === undefined ? undefined : backEnds.get(name);
  if (command !== undefined) return command(parameters, output);
  const names = [...backEnds.keys()].join(', ');
  throw new UsageError(
    `larder setup needs the name of a back end, and there is setup for: ${names}. Example: larder setup dynamodb --table larder`,
  );
};
