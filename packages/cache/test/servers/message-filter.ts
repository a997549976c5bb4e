const lineEnd = Buffer.from('\r\n');
const message = /^[*>]\d+\r\n\$\d+\r\n(?:[sp]?message|invalidate)\r\n/i;
const subscription = /\r\n(?:[sp]?subscribe|tracking)\r\n/i;

/** Does a client that sends this want messages from now on? */
export function subscribes(request: Buffer): boolean {
  return subscription.test(request.toString('latin1'));
}

/**
 * What a Redis server says on a connection, without the messages if so wanted. Knows where a reply of RESP ends, so that
 * what remains can still be read.
 */
export class MessageFilter {
  #pending: Buffer = Buffer.alloc(0);

  pass(chunk: Buffer, dropsMessages: boolean): Buffer {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const kept: Buffer[] = [];
    for (let end = replyEnd(this.#pending, 0); end !== undefined; end = replyEnd(this.#pending, 0)) {
      const reply = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      if (!dropsMessages || !message.test(reply.toString('latin1', 0, 64))) kept.push(reply);
    }
    return Buffer.concat(kept);
  }
}

/** Where the reply that begins at `at` ends; `undefined` if it is not all there. */
function replyEnd(bytes: Buffer, at: number): number | undefined {
  const line = bytes.indexOf(lineEnd, at);
  if (line === -1) return undefined;
  const next = line + lineEnd.length;
  const kind = String.fromCharCode(bytes[at] as number);
  const count = Number(bytes.toString('latin1', at + 1, line));
  if (kind === '$' || kind === '=') {
    const end = count < 0 ? next : next + count + lineEnd.length;
    return end <= bytes.length ? end : undefined;
  }
  if (kind === '*' || kind === '>' || kind === '~') return repliesEnd(bytes, next, count);
  return kind === '%' ? repliesEnd(bytes, next, 2 * count) : next;
}

function repliesEnd(bytes: Buffer, at: number, count: number): number | undefined {
  let end: number | undefined = at;
  for (let left = count; left > 0 && end !== undefined; left--) end = replyEnd(bytes, end);
  return end;
}
