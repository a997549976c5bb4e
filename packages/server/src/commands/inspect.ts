import { entryMediaType } from '../http/media-type.js';
import type { Surroundings } from './command.js';
import { CommandFailure } from './command.js';
import { describedCommand } from './described-command.js';
import { entryPath } from './entry-address.js';
import { exitCodes } from './exit-codes.js';
import { documentRows, inspectedDocument } from './inspection/inspected-entry.js';
import { usage } from './parse-parameters.js';
import { readBytes } from './read-bytes.js';
import { serviceClient, serviceOptions } from './service-client.js';
import { inColumns } from './text.js';

const description = {
  name: 'inspect',
  summary: 'shows all attributes of an entry; decodes what a store holds',
  operands: ['[namespace]', '[key]'],
  options: {
    store: {
      type: 'string',
      value: 'address',
      description: 'looks into this store itself, without a service; configured is the one that serve would open',
    },
    envelope: {
      type: 'string',
      value: 'file',
      description: 'decodes these bytes (spec/envelope.md); - is standard input',
    },
    'physical-key': {
      type: 'string',
      value: 'key',
      description: 'with --envelope: where the bytes stood, which those that are encrypted are bound to',
    },
    ...serviceOptions,
  },
  notes: [
    'larder inspect <key>                                 asks the service',
    'larder inspect --store <address> <namespace> <key>   reads the store; a namespace within another is parent/child,\n                                                     that of a tenant of the service is tenants/<id>',
    'larder inspect --envelope <file>                     decodes a file',
    'A slash within the name of a namespace is written %2F. Encrypted values are opened with the keys that the environment\nand larder.yaml give. A folder of LMDB that a service uses cannot be opened beside it. In a terminal long values are\ncut: --json has them whole.',
  ],
  examples: [
    'larder inspect greeting',
    'larder inspect --store redis://localhost:6379 tenants/default greeting',
    'larder inspect --store configured tenants/default greeting',
    'larder inspect --envelope dump.bin --json',
  ],
} as const;

export const { command: inspect } = describedCommand(description, async ({ operands, options }, surroundings) => {
  const { store, envelope, json } = options;
  if (store !== undefined && envelope !== undefined)
    throw usage(description, 'There are --store and --envelope: write one.');
  const document =
    store !== undefined
      ? await fromStore(store, operands, surroundings)
      : envelope !== undefined
        ? await fromFile(envelope, options['physical-key'], operands, surroundings)
        : undefined;
  if (document !== undefined) {
    surroundings.out(`${json ? JSON.stringify(document) : inColumns(documentRows(document))}\n`);
    return exitCodes.done;
  }
  const [key, ...more] = operands;
  if (key === undefined) throw usage(description, 'larder inspect lacks its <key>.');
  if (more.length > 0) throw usage(description, 'There is more than a key: a namespace needs --store.');
  const path = entryPath(key);
  const { body } = await serviceClient(options, surroundings).send({
    method: 'GET',
    path,
    fields: { Accept: entryMediaType },
  });
  surroundings.out(json ? body : inColumns(documentRows(JSON.parse(Buffer.from(body).toString('utf8')))));
  surroundings.out('\n');
  return exitCodes.done;
});

async function fromStore(address: string, operands: readonly string[], surroundings: Surroundings) {
  const [namespace, key] = operands;
  if (namespace === undefined || key === undefined) {
    throw usage(
      description,
      '--store needs a namespace and a key: larder inspect --store <address> tenants/default <key>.',
    );
  }
  // Not before they are needed: whoever asks the service waits for no library.
  const { physicalKey } = await import('@larder/cache/inspection');
  const { openStore } = await import('./inspection/open-store.js');
  const place = physicalKey(namesIn(namespace), key);
  const store = await openStore(address, surroundings);
  try {
    const [stored] = await store.get([place], { now: surroundings.now() });
    if (stored !== undefined) return { key, namespace, ...(await decoded(stored.bytes, place, surroundings)) };
    throw new CommandFailure('The store has no live entry there.', {
      code: 'key_not_found',
      exitCode: exitCodes.notFound,
    });
  } finally {
    await store.close();
  }
}

function namesIn(namespace: string): readonly string[] {
  if (namespace === '') return [];
  return namespace.split('/').map((name) => name.replaceAll(/%2f/gi, '/').replaceAll('%25', '%'));
}

async function fromFile(
  file: string,
  place: string | undefined,
  operands: readonly string[],
  surroundings: Surroundings,
) {
  if (operands.length > 0) throw usage(description, '--envelope takes a file, and no key besides.');
  return decoded(await readBytes(file, surroundings), place, surroundings);
}

async function decoded(bytes: Uint8Array, place: string | undefined, { environment }: Surroundings) {
  const { inspectEnvelope } = await import('@larder/cache/inspection');
  const { readServiceSettings } = await import('../given-settings.js');
  const encryption = (await readServiceSettings(environment)).payload?.encryption;
  const found = await inspectEnvelope(bytes, { encryption, physicalKey: place });
  if (found.isEnvelope) return inspectedDocument(found);
  throw new CommandFailure(found.reason, { code: 'undecodable' });
}
