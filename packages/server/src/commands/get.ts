import { writeFile } from 'node:fs/promises';
import { entryMediaType } from '../http/media-type.js';
import { CommandFailure } from './command.js';
import { describedCommand } from './described-command.js';
import { entryPath } from './entry-address.js';
import { exitCodes } from './exit-codes.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { printable } from './text.js';

export const { command: get } = describedCommand(
  {
    name: 'get',
    summary: 'writes the value of an entry to standard output, byte for byte',
    operands: ['key'],
    options: {
      output: { type: 'string', short: 'o', value: 'file', description: 'writes the value into this file instead' },
      ...serviceOptions,
    },
    notes: [
      'Nothing is added to the value, not even a line break. --json writes the entry with its attributes instead, its value\nas value or valueBase64; with -o what was written where. Ends with 3 if there is no such entry.',
    ],
    examples: ['larder get greeting', 'larder get avatar:alice -o alice.png', 'larder get report --json | jq .value'],
  },
  async ({ operands: [key = ''], options }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const { output, json } = options;
    const fields = json && output === undefined ? { Accept: entryMediaType } : {};
    const answer = await client.send({ method: 'GET', path: entryPath(key), fields });
    if (output === undefined) {
      // As it came, and not parsed: JSON.parse would change the digits of large numbers.
      surroundings.out(answer.body);
      if (json) surroundings.out('\n');
      return exitCodes.done;
    }
    await writeValue(output, answer.body);
    const contentType = answer.fields['content-type'] ?? null;
    const { byteLength: bytes } = answer.body;
    surroundings.out(
      json
        ? `${JSON.stringify({ key, file: output, bytes, contentType })}\n`
        : `Wrote ${bytes} bytes into ${printable(output)}.\n`,
    );
    return exitCodes.done;
  },
);

async function writeValue(file: string, value: Uint8Array): Promise<void> {
  try {
    await writeFile(file, value);
  } catch (error) {
    throw new CommandFailure(`${printable(file)} cannot be written: ${(error as Error).message}`, {
      code: 'file_not_written',
    });
  }
}
