export type { FirestoreClient } from './client-shape.js';
export { firestoreStore } from './firestore-store.js';
export type { FirestoreStoreOptions } from './options.js';
export { type FirestoreSetup, type FirestoreSetupOptions, setupFirestore } from './setup-firestore.js';
