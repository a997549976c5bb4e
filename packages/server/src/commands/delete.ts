import { describedCommand } from './described-command.js';
import { entryPath } from './entry-address.js';
import { exitCodes } from './exit-codes.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { printable } from './text.js';

export const { command: remove } = describedCommand(
  {
    name: 'delete',
    summary: 'deletes an entry',
    operands: ['key'],
    options: serviceOptions,
    notes: ['It is no failure if there was none: ends with 0, and says so.'],
    examples: ['larder delete greeting', 'larder delete greeting --json'],
  },
  async ({ operands: [key = ''], options }, surroundings) => {
    const client = serviceClient(options, surroundings);
    const answer = await client.send({ method: 'DELETE', path: entryPath(key) });
    const deleted = answer.fields['cache-deleted'] === 'true';
    const sentence = deleted ? `Deleted ${printable(key)}.` : `There was no ${printable(key)}.`;
    surroundings.out(`${options.json ? JSON.stringify({ key, deleted }) : sentence}\n`);
    return exitCodes.done;
  },
);
