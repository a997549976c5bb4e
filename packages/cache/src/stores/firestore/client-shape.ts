/** What the store needs of a `Firestore` object of the package @google-cloud/firestore. */
export interface FirestoreClient {
  collection(path: string): FirestoreCollection;
  // The options come last among the references: the package's own signature.
  getAll(...documentsAndOptions: unknown[]): Promise<FirestoreSnapshot[]>;
  bulkWriter(options: { throttling: boolean }): FirestoreBulkWriter;
  terminate(): Promise<void>;
}

export interface FirestoreCollection extends FirestoreQuery {
  doc(id: string): FirestoreDocument;
}

export interface FirestoreDocument {
  readonly id: string;
}

export interface FirestoreQuery {
  where(field: string, operator: '<=' | 'array-contains', value: unknown): FirestoreQuery;
  orderBy(field: string): FirestoreQuery;
  select(...fields: string[]): FirestoreQuery;
  startAt(value: unknown): FirestoreQuery;
  startAfter(value: unknown): FirestoreQuery;
  endBefore(value: unknown): FirestoreQuery;
  limit(count: number): FirestoreQuery;
  get(): Promise<{ readonly docs: readonly FirestoreSnapshot[] }>;
}

export interface FirestoreSnapshot {
  readonly id: string;
  readonly ref: FirestoreDocument;
  readonly exists: boolean;
  /** When the document last changed, to the microsecond; what preconditions compare. */
  readonly updateTime?: FirestoreTimestamp;
  get(field: string): unknown;
}

/** Handed back as it came: it is finer than a Date. */
export interface FirestoreTimestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
  toDate(): Date;
  toMillis(): number;
  isEqual(other: FirestoreTimestamp): boolean;
  valueOf(): string;
}

/** Writes that succeed or fail each by itself. */
export interface FirestoreBulkWriter {
  create(document: FirestoreDocument, fields: Fields): Promise<unknown>;
  update(document: FirestoreDocument, fields: Fields, precondition: Precondition): Promise<unknown>;
  delete(document: FirestoreDocument, precondition: Precondition): Promise<unknown>;
  onWriteError(shouldRetry: () => boolean): void;
  close(): Promise<void>;
}

export type Fields = Record<string, unknown>;

interface Precondition {
  readonly lastUpdateTime: FirestoreTimestamp;
}
