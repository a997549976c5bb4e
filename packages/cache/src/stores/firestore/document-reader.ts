import type { Connection } from './connection.js';
import { documentId } from './document-ids.js';
import { type FoundDocument, readDocument } from './documents.js';
import { tooMuchWaiting } from './firestore-errors.js';

const documentsPerRequest = 300;
const waitingAtMost = 20_000;

/** Reads documents: all that are asked for within a tick in one request, each once. */
export interface DocumentReader {
  read(key: string): Promise<FoundDocument>;
}

interface Asked {
  readonly key: string;
  readonly found: Promise<FoundDocument>;
  readonly resolve: (found: FoundDocument) => void;
  readonly reject: (error: unknown) => void;
}

export function documentReader(connection: Connection, fields: readonly string[]): DocumentReader {
  let asked = new Map<string, Asked>();
  let waiting = 0;

  function ask(key: string): Asked {
    if (waiting >= waitingAtMost) throw tooMuchWaiting(waitingAtMost);
    if (asked.size === 0) setImmediate(send);
    const question = askedFor(key);
    asked.set(key, question);
    waiting += 1;
    return question;
  }

  function send(): void {
    const questions = [...asked.values()];
    asked = new Map();
    for (let from = 0; from < questions.length; from += documentsPerRequest) {
      answer(questions.slice(from, from + documentsPerRequest));
    }
  }

  async function answer(questions: readonly Asked[]): Promise<void> {
    try {
      const snapshots = await connection.request(({ client, documents }) =>
        client.getAll(...questions.map(({ key }) => documents.doc(documentId(key))), { fieldMask: fields }),
      );
      for (const [at, snapshot] of snapshots.entries()) {
        const question = questions[at] as Asked;
        question.resolve(readDocument(snapshot, question.key));
      }
    } catch (error) {
      for (const question of questions) question.reject(error);
    } finally {
      waiting -= questions.length;
    }
  }

  return {
    read: async (key) => (asked.get(key) ?? ask(key)).found,
  };
}

function askedFor(key: string): Asked {
  let resolve: Asked['resolve'] = () => {};
  let reject: Asked['reject'] = () => {};
  const found = new Promise<FoundDocument>((...settle) => {
    [resolve, reject] = settle;
  });
  return { key, found, resolve, reject };
}
