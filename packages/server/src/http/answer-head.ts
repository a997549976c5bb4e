import { type ServerResponse, STATUS_CODES } from 'node:http';

/** The step of Node's `writeHead` that turns a first line and fields into a head, and decides what becomes of the connection. */
interface HeadWriter {
  _storeHeader?(firstLine: string, fields: readonly string[]): void;
}

/** What a field value may hold (RFC 9110, 5.5); anything else could begin another field. */
const unsafe = /[^\t\x20-\x7e\x80-\xff]/;
const firstLines = new Map<number, string>();

/**
 * Writes the head of an answer with a body of `bytes`. The same as `writeHead`, which checks name after name and value
 * after value, and takes three times as long for a dozen fields: here names are ours, values are checked, and the text
 * goes to Node as a part of the first line. Where Node has no such step any more, or a value cannot be sent, it is left to
 * `writeHead`.
 *
 * @param fields - of this answer alone: their values are checked
 * @param constant - text of whole lines that all answers have
 */
export function writeHeadFor(
  response: ServerResponse,
  status: number,
  fields: readonly string[],
  constant: string,
  bytes: number,
): boolean {
  const writer = response as HeadWriter;
  if (writer._storeHeader === undefined) return false;
  let head = firstLines.get(status) ?? firstLineOf(status);
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1] as string;
    if (unsafe.test(value)) return false;
    head += `${fields[at]}: ${value}\r\n`;
  }
  response.statusCode = status;
  writer._storeHeader(head + constant, ['Content-Length', String(bytes)]);
  return true;
}

export function linesOf(fields: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return lines;
}

function firstLineOf(status: number): string {
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  firstLines.set(status, line);
  return line;
}
