import { readFile } from 'node:fs/promises';
import { CommandFailure, type Surroundings } from './command.js';
import { printable } from './text.js';

/** All of a file, or of standard input where its name is `-`. */
export async function readBytes(file: string, { input }: Pick<Surroundings, 'input'>): Promise<Uint8Array> {
  if (file !== '-') {
    try {
      return await readFile(file);
    } catch (error) {
      throw new CommandFailure(`${printable(file)} cannot be read: ${(error as Error).message}`, {
        code: 'file_not_read',
      });
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
