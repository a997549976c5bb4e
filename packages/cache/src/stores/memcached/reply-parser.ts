import { isReplyCode, type MetaReply } from './meta-replies.js';

/** Far above the longest line that a server sends: 250 bytes of key and some flags. */
const longestLine = 2048;
/** Far above the largest item that a server can be told to keep (-I). */
const largestValue = 1024 * 1024 * 1024;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What came is no reply of the protocol: nothing that follows on this connection can be trusted. */
export class GarbledReply extends Error {}

interface PartialValue {
  readonly bytes: Buffer;
  readonly rest: string;
  received: number;
}

/**
 * Cuts what a connection receives into replies, however it comes in pieces. Values are copies: a piece belongs to the
 * socket, and may be far larger.
 */
export class ReplyParser {
  readonly #onReply: (reply: MetaReply) => void;
  /** The beginning of a line whose end has not come. */
  #partialLine: Buffer | undefined;
  /** Of the figures that are being received, the one that is wanted. */
  #time = '';
  /** The value that is being received, with the end of its line still to come. */
  #value: PartialValue | undefined;

  constructor(onReply: (reply: MetaReply) => void) {
    this.#onReply = onReply;
  }

  /** @throws GarbledReply */
  feed(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      at = this.#value === undefined ? this.#readLine(piece, at) : this.#readValue(this.#value, piece, at);
    }
  }

  #readLine(piece: Buffer, from: number): number {
    const end = piece.indexOf(lineFeed, from);
    const stop = end === -1 ? piece.length : end + 1;
    const before = this.#partialLine?.length ?? 0;
    if (before + stop - from > longestLine) throw new GarbledReply('A line is too long.');
    if (end === -1) {
      const part = Buffer.from(piece.subarray(from));
      this.#partialLine = this.#partialLine === undefined ? part : Buffer.concat([this.#partialLine, part]);
      return stop;
    }
    let line = piece.toString('latin1', from, stop);
    if (this.#partialLine !== undefined) {
      line = this.#partialLine.toString('latin1') + line;
      this.#partialLine = undefined;
    }
    this.#takeLine(line);
    return stop;
  }

  #takeLine(line: string): void {
    if (line.charCodeAt(line.length - 2) !== carriageReturn) throw new GarbledReply('A line has no proper end.');
    const end = line.length - 2;
    const space = line.indexOf(' ');
    const code = space === -1 ? line.slice(0, end) : line.slice(0, space);
    if (code === 'STAT') {
      this.#noteFigure(line.slice(space + 1, end));
      return;
    }
    if (!isReplyCode(code)) throw new GarbledReply('A line begins with no known code.');
    const rest = space === -1 ? '' : line.slice(space + 1, end);
    if (code === 'VA') this.#beginValue(rest);
    else if (code === 'END') this.#endFigures();
    else this.#onReply({ code, rest, value: undefined });
  }

  #noteFigure(figure: string): void {
    if (figure.startsWith('time ')) this.#time = figure.slice('time '.length);
  }

  #endFigures(): void {
    const time = this.#time;
    this.#time = '';
    this.#onReply({ code: 'END', rest: time, value: undefined });
  }

  #beginValue(rest: string): void {
    const [length = ''] = rest.split(' ', 1);
    if (!/^\d{1,10}$/.test(length) || Number(length) > largestValue) throw new GarbledReply('A value has no length.');
    this.#value = {
      bytes: Buffer.allocUnsafe(Number(length)),
      rest: rest.slice(length.length + 1),
      received: 0,
    };
  }

  /** Counts the two bytes of the line's end as received with the value. */
  #readValue(value: PartialValue, piece: Buffer, from: number): number {
    const { bytes, rest } = value;
    let at = from;
    if (value.received < bytes.length) {
      const copied = piece.copy(bytes, value.received, at);
      value.received += copied;
      at += copied;
    }
    for (; at < piece.length && value.received >= bytes.length; at += 1) {
      const isFirst = value.received === bytes.length;
      if (piece[at] !== (isFirst ? carriageReturn : lineFeed)) throw new GarbledReply('A value has no proper end.');
      value.received += 1;
      if (isFirst) continue;
      this.#value = undefined;
      this.#onReply({ code: 'VA', rest, value: bytes });
      return at + 1;
    }
    return at;
  }
}
