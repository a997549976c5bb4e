import { isLackOfRights, toStoreError } from './firestore-errors.js';
import { checkCollection } from './options.js';

export interface FirestoreSetupOptions {
  readonly projectId: string;
  /** `'(default)'` where it is missing. */
  readonly databaseId?: string;
  /** As for the store. The policy holds for every collection of the last name in the path. */
  readonly collection: string;
}

/** What came of it, and the commands that do the same by hand. */
export interface FirestoreSetup {
  /** `started`: Firestore works in the background; a TTL policy takes minutes to become active. */
  readonly outcome: 'started' | 'not-allowed' | 'failed';
  /** Why it was not started, and what to do. */
  readonly reason?: string;
  readonly commands: readonly string[];
}

/** An index on them would cost storage and, as they rise all the time, limit the writes of a second. */
const unindexedFields = ['data', 'key', 'version', 'deadline', 'created_at', 'last_accessed', 'write_id'];

/**
 * Prepares a collection: Firestore then deletes expired documents by itself, and indexes only what the store asks for.
 * May be done again. Rejects only for options that cannot be right.
 */
export async function setupFirestore(options: FirestoreSetupOptions): Promise<FirestoreSetup> {
  checkCollection('setupFirestore', options.collection);
  const target = { databaseId: '(default)', ...options, group: options.collection.split('/').at(-1) as string };
  const commands = commandsFor(target);
  try {
    await changeFields(target);
    return { outcome: 'started', commands };
  } catch (error) {
    const outcome = isLackOfRights(error) ? 'not-allowed' : 'failed';
    return { outcome, reason: toStoreError(error, options.collection).message, commands };
  }
}

interface Target {
  readonly projectId: string;
  readonly databaseId: string;
  readonly group: string;
}

async function changeFields({ projectId, databaseId, group }: Target): Promise<void> {
  // Made when it is asked for, so that Node does not see it among the names of the module.
  const { v1 } = (await import('@google-cloud/firestore')).default;
  const admin = new v1.FirestoreAdminClient({ projectId });
  const fieldName = (field: string) =>
    `projects/${projectId}/databases/${databaseId}/collectionGroups/${group}/fields/${field}`;
  try {
    // First, and awaited: see open-client.ts.
    await admin.auth.getClient();
    await admin.updateField({
      field: { name: fieldName('expires_at'), ttlConfig: {} },
      updateMask: { paths: ['ttl_config'] },
    });
    for (const field of unindexedFields) {
      await admin.updateField({
        field: { name: fieldName(field), indexConfig: { indexes: [] } },
        updateMask: { paths: ['index_config'] },
      });
    }
  } finally {
    await admin.close();
  }
}

function commandsFor({ projectId, databaseId, group }: Target): string[] {
  const where = `--collection-group=${quoted(group)} --database=${quoted(databaseId)} --project=${quoted(projectId)}`;
  return [
    `gcloud firestore fields ttls update expires_at --enable-ttl ${where}`,
    ...unindexedFields.map((field) => `gcloud firestore indexes fields update ${field} --disable-indexes ${where}`),
  ];
}

/** For a shell: these are pasted. */
function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
