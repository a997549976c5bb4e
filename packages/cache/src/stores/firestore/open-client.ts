import type { FirestoreClient } from './client-shape.js';

/** A client of our own gives up and looks again sooner than the package's ten and two minutes: this is a cache. */
const callRetries = { initial_retry_delay_millis: 100, retry_delay_multiplier: 2, max_retry_delay_millis: 1000 };
const callTimes = {
  initial_rpc_timeout_millis: 10_000,
  rpc_timeout_multiplier: 1,
  max_rpc_timeout_millis: 10_000,
  total_timeout_millis: 10_000,
};
const methods = ['BatchGetDocuments', 'BatchWrite', 'RunQuery', 'Commit'];

const impatience = {
  clientConfig: {
    interfaces: {
      'google.firestore.v1.Firestore': {
        retry_params: { default: { ...callRetries, ...callTimes } },
        methods: Object.fromEntries(methods.map((method) => [method, { timeout_millis: 10_000 }])),
      },
    },
  },
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

/** Connects at the first request. */
export async function openClient({ projectId, databaseId }: Database): Promise<FirestoreClient> {
  const { Firestore } = await import('@google-cloud/firestore');
  return new Firestore({
    ...impatience,
    ...(projectId === undefined ? {} : { projectId }),
    ...(databaseId === undefined ? {} : { databaseId }),
  });
}
