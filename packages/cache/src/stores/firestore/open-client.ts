import type { FirestoreClient } from './client-shape.js';

/**
 * A client of our own gives up and looks again sooner than the package's ten and two minutes: this is a cache, with a
 * deadline above it. One attempt lasts so long, and the package makes up to five at a read.
 */
const longestAttempt = 5_000;
const times = {
  initial_rpc_timeout_millis: longestAttempt,
  rpc_timeout_multiplier: 1,
  max_rpc_timeout_millis: longestAttempt,
  total_timeout_millis: longestAttempt,
};
const pauses = { initial_retry_delay_millis: 100, retry_delay_multiplier: 2, max_retry_delay_millis: 1000 };
const method = { timeout_millis: longestAttempt, retry_codes_name: 'none', retry_params_name: 'default' };

const impatience = {
  clientConfig: {
    interfaces: {
      'google.firestore.v1.Firestore': {
        retry_codes: { none: [] },
        retry_params: { default: { ...pauses, ...times } },
        methods: { BatchGetDocuments: method, RunQuery: method, BatchWrite: method },
      },
    },
  },
  // Or reads are tried again whatever is said above.
  gaxServerStreamingRetries: true,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A connection that was cut without a word is noticed.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

export interface Database {
  readonly projectId?: string | undefined;
  readonly databaseId?: string | undefined;
}

/** Connects at the first request. Rejects where there are no credentials, unless an emulator is meant. */
export async function openClient(database: Database): Promise<FirestoreClient> {
  const { Firestore, v1 } = (await import('@google-cloud/firestore')).default;
  const settings = { ...impatience, ...given(database) };
  if (process.env.FIRESTORE_EMULATOR_HOST) return new Firestore(settings);
  // Left to itself, the package looks for them in a promise that nobody holds: a rejection would end the process.
  const { auth } = new v1.FirestoreClient(settings);
  await auth.getClient();
  return new Firestore({ ...settings, auth });
}

function given({ projectId, databaseId }: Database): { projectId?: string; databaseId?: string } {
  return { ...(projectId === undefined ? {} : { projectId }), ...(databaseId === undefined ? {} : { databaseId }) };
}
