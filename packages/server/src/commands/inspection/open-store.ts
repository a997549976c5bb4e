import { access } from 'node:fs/promises';
import type { Store } from '@larder/cache';
import { builtInStores, createStoreRegistry, schemeOf } from '@larder/cache/config';
import { ConfigError, readConfig } from '../../config.js';
import { readServiceSettings } from '../../given-settings.js';
import { CommandFailure, type Surroundings, UsageError } from '../command.js';
import { printable } from '../text.js';

/** The store at an address, or with `configured` the one that the service would open. Makes no file that is not there. */
export async function openStore(given: string, surroundings: Pick<Surroundings, 'environment'>): Promise<Store> {
  const open = given === 'configured' ? await configured(surroundings) : await atAddress(given);
  if (open !== undefined) return open();
  throw new UsageError('memory: is inside the process that uses it, and nobody else can look there.');
}

type Open = (() => Store | Promise<Store>) | undefined;

async function atAddress(address: string): Promise<Open> {
  const { open } = createStoreRegistry(builtInStores).choose(address);
  if (schemeOf(address) === 'lmdb') await requireFolder(address.slice(address.indexOf(':') + 1));
  return open;
}

async function requireFolder(path: string): Promise<void> {
  try {
    await access(path);
  } catch {
    throw new CommandFailure(`There is no folder ${printable(path)}.`, { code: 'folder_not_found' });
  }
}

async function configured({ environment }: Pick<Surroundings, 'environment'>): Promise<Open> {
  const { store } = await readConfiguration(environment);
  switch (store.kind) {
    case 'memory':
      return undefined;
    case 'lmdb':
      return atAddress(`lmdb:${store.path}`);
    case 'remote':
      return store.open;
  }
}

async function readConfiguration(environment: Surroundings['environment']) {
  try {
    return readConfig(environment, await readServiceSettings(environment));
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailure(error.message, { code: 'configuration' });
    throw error;
  }
}
