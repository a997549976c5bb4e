import type { Socket } from 'node:net';
import type { MetaCommand } from './meta-commands.js';

/** What waits for a connection may take so much memory, and no more. */
const mostBytes = 256 * 1024 * 1024;
/** From here on a value is cheaper to write by itself than to copy. */
const copiedUpTo = 32 * 1024;

type Piece = string | Buffer;

/** The commands of a tick, as one write. */
export class OutgoingBatch {
  #pieces: Piece[] = [];
  /** Command lines since the last piece: ASCII. */
  #text = '';
  #bytes = 0;

  /** `written`: what the socket has taken and not sent. */
  isFullBeside(written: number): boolean {
    return this.#bytes + written >= mostBytes;
  }

  add({ head, flags, data, isClassic }: MetaCommand, opaque: string): void {
    const line = isClassic ? `${head}\r\n` : `${head} O${opaque}${flags}\r\n`;
    this.#text += line;
    this.#bytes += line.length;
    if (data !== undefined) this.#addData(data);
  }

  /** The classic command that stands for a password (doc/protocol.txt, "Authentication"). */
  addAuthentication({ username, password }: { readonly username: string; readonly password: string }): void {
    const secret = Buffer.from(`${username} ${password}`);
    this.#text += `set auth 0 0 ${secret.length}\r\n`;
    this.#addData(secret);
  }

  #addData(data: Buffer): void {
    this.#pieces.push(this.#text, data);
    this.#text = '\r\n';
    this.#bytes += data.length + 2;
  }

  take(): readonly Piece[] {
    const pieces = this.#text === '' ? this.#pieces : [...this.#pieces, this.#text];
    this.#pieces = [];
    this.#text = '';
    this.#bytes = 0;
    return pieces;
  }

  append(pieces: readonly Piece[]): void {
    this.#pieces = [...this.take(), ...pieces];
    this.#bytes = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  writeTo(socket: Socket): void {
    const pieces = this.take();
    if (pieces.length === 0) return;
    if (pieces.length === 1 && typeof pieces[0] === 'string') {
      socket.write(pieces[0], 'latin1');
      return;
    }
    socket.cork();
    for (const part of joined(pieces)) socket.write(part);
    socket.uncork();
  }
}

/** Small pieces in one buffer each run; large ones as they are. */
function joined(pieces: readonly Piece[]): Buffer[] {
  const parts: Buffer[] = [];
  let run: Piece[] = [];
  for (const piece of pieces) {
    if (piece.length <= copiedUpTo) {
      run.push(piece);
      continue;
    }
    parts.push(joinedRun(run), typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    run = [];
  }
  parts.push(joinedRun(run));
  return parts.filter(({ length }) => length > 0);
}

function joinedRun(run: readonly Piece[]): Buffer {
  const all = Buffer.allocUnsafe(run.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of run) {
    if (typeof piece === 'string') all.write(piece, at, 'latin1');
    else piece.copy(all, at);
    at += piece.length;
  }
  return all;
}
