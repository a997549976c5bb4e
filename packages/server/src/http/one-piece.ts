import type { ServerResponse } from 'node:http';

/** How Node is told to write a text. ASCII is the same in both, and `latin1` needs no room for longer characters. */
export type TextEncoding = 'latin1' | 'utf8';

/**
 * Ends an answer with a text, which Node writes as one piece with the head before it. `end(text)` would write two pieces,
 * the second of them empty, which costs Node a gathering write. Uncorked first, what there is goes out by itself, and `end`
 * has nothing left to write. Corked before, because `write` would do it otherwise, together with a task that uncorks.
 */
export function endAsOnePiece(response: ServerResponse, text: string, encoding: TextEncoding): void {
  response.cork();
  response.write(text, encoding);
  response.uncork();
  response.end();
}
