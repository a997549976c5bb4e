import { parseArgs } from 'node:util';
import { LarderError } from '@larder/cache';
import { type FirestoreSetup, type FirestoreSetupOptions, setupFirestore } from '@larder/cache/firestore';
import { type Command, type Output, UsageError } from './command.js';

export const setupFirestoreUsage =
  'larder setup firestore --project <project> --collection <collection> [--database <database>] [--json]';

/** Makes the TTL policy of a collection, or prints what to paste where that cannot be done from here. */
export const setupFirestoreCommand: Command = async (parameters, output) => {
  const { json, ...options } = readOptions(parameters);
  const setup = await started(options);
  if (!json) return report(setup, options, output);
  output.out(`${JSON.stringify({ collection: options.collection, ...setup })}\n`);
  return setup.outcome === 'started' ? 0 : 1;
};

async function started(options: FirestoreSetupOptions): Promise<FirestoreSetup> {
  try {
    return await setupFirestore(options);
  } catch (error) {
    if (error instanceof LarderError) throw new UsageError(`${error.message}\nUsage: ${setupFirestoreUsage}`);
    throw error;
  }
}

function report(setup: FirestoreSetup, { collection }: FirestoreSetupOptions, { out, error }: Output): number {
  if (setup.outcome === 'started') {
    out(`Firestore is preparing ${collection}: a TTL policy on expires_at, and no index on what is never asked for.\n`);
    out('It takes some minutes until the policy is active. Until then nothing is wrong but space.\n');
    return 0;
  }
  error(`${collection} was not prepared. ${setup.reason}\n`);
  error('Somebody who may change indexes (roles/datastore.indexAdmin) can paste this:\n');
  out(`${setup.commands.join('\n')}\n`);
  return 1;
}

function readOptions(parameters: readonly string[]): FirestoreSetupOptions & { readonly json: boolean } {
  const { project, collection, database, json = false } = parse(parameters);
  if (project === undefined || collection === undefined) throw new UsageError(`Usage: ${setupFirestoreUsage}`);
  return { json, projectId: project, collection, ...(database === undefined ? {} : { databaseId: database }) };
}

function parse(parameters: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { project: text, collection: text, database: text, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...parameters], options }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nUsage: ${setupFirestoreUsage}`);
  }
}
