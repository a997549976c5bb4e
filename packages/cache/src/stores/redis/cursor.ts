import { InvalidOptionError } from '../../errors.js';

/* A cursor is text that holds all there is to know, so that any process may go on with it. */

export function writeCursor(parts: unknown): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws InvalidOptionError if `cursor` is not what {@link writeCursor} made of such parts */
export function readCursor<Parts>(cursor: string, isMine: (parts: unknown) => parts is Parts): Parts {
  const parts = parsed(cursor);
  if (isMine(parts)) return parts;
  throw new InvalidOptionError('This cursor does not belong to this listing. Begin without a cursor.');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
