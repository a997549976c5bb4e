import { Firestore } from '@google-cloud/firestore';

let collections = 0;

/** A client as a user has one, on the emulator. */
export function emulatorClient(host: string): Firestore {
  // Or the package asks for the metadata server of a machine on Google Cloud.
  process.env.METADATA_SERVER_DETECTION = 'none';
  return new Firestore({
    projectId: 'larder-test',
    host,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
}

/** A collection that nothing else uses. */
export function newCollection(): string {
  collections += 1;
  return `cache-${process.pid}-${collections}`;
}
