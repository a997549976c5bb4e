import { parseArgs } from 'node:util';
import { createDynamoTable } from '@larder/cache/dynamodb';
import { type Command, UsageError } from './command.js';

export const setupDynamodbUsage = 'larder setup dynamodb --table NAME [--region REGION] [--endpoint URL] [--json]';

/** Makes the table of a `dynamoStore`; where the credentials may not, prints the commands for those who may. */
export const setupDynamodbCommand: Command = async (parameters, output) => {
  const { table, json = false, ...place } = readFlags(parameters);
  if (table === undefined) throw new UsageError(`--table is missing.\nUsage: ${setupDynamodbUsage}`);
  const result = await createDynamoTable({ table, ...place });
  if (json) {
    output.out(`${JSON.stringify({ table, ...result })}\n`);
    return result.outcome === 'not-allowed' ? 1 : 0;
  }
  if (result.outcome === 'not-allowed') {
    output.error(`${result.problem}\nWith credentials that may, run:\n\n`);
    output.out(`${result.commands.join('\n')}\n`);
    return 1;
  }
  const made = result.outcome === 'created' ? 'is set up' : 'was set up already';
  output.out(`The table ${table} ${made}: dynamoStore({ table: '${table}' }) can use it.\n`);
  return 0;
};

function readFlags(parameters: readonly string[]) {
  const flag = { type: 'string' } as const;
  const options = { table: flag, region: flag, endpoint: flag, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...parameters], options }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nUsage: ${setupDynamodbUsage}`);
  }
}
