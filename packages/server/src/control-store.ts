import { resolve } from 'node:path';
import { LarderError, type Retention, type Store } from '@larder/cache';
import { type Config, ConfigError, type StoreChoice } from './config.js';
import type { Logger } from './logger.js';

/** Where tenants and API keys are kept if nobody says so, and the store of the entries may lose them. */
const embedded: StoreChoice = { kind: 'lmdb', path: './.larder' };

/** A store that hangs must not hang the start. */
const deadline = 5_000;

interface ControlStoreRequest {
  readonly config: Pick<Config, 'store' | 'controlStore'>;
  /** That of the entries; `undefined` where they are in memory. */
  readonly entries: Store | undefined;
  readonly open: (choice: StoreChoice) => Promise<Store | undefined>;
  readonly logger: Logger;
}

/**
 * The store of tenants and API keys, which is that of the entries where it keeps what it is given; `undefined` where both
 * are in memory. The answer is open for good only if it is `entries`: whoever asked closes what is not.
 *
 * @throws ConfigError for a store that was named, and may lose what it is given
 */
export async function openControlStore({
  config,
  entries,
  open,
  logger,
}: ControlStoreRequest): Promise<Store | undefined> {
  const { controlStore: named, store } = config;
  if (named !== undefined && !isSameStore(named, store)) return openNamed(named, open, logger);
  if (entries === undefined) {
    logger.warn('tenants and API keys are in memory, as the entries are: they end with this process');
    return undefined;
  }
  const retention = await retentionOf(entries);
  if (named !== undefined) refuseVolatile(named, retention);
  if (retention === 'evicts') {
    logger.warn('the store of the entries may lose what it is given: tenants and API keys are kept in ./.larder', {
      advice: 'where several machines serve, name one store for all of them in LARDER_CONTROL_STORE',
    });
    return open(embedded);
  }
  if (retention === 'unknown') logger.warn(unknownRetention);
  return entries;
}

/** What is told of a control store that cannot be opened, lest it be taken for that of the entries. */
export function unopenedControlStore(error: unknown): unknown {
  if (!(error instanceof LarderError)) return error;
  return new ConfigError([`LARDER_CONTROL_STORE cannot be opened: ${error.message} ${example}`]);
}

/** Whether a store, as it is set up now, keeps what it is given. */
export async function retentionOf(store: Store): Promise<Retention['kind']> {
  const { evicts, persistent } = store.capabilities;
  if (evicts || !persistent) return 'evicts';
  if (store.retention === undefined) return 'keeps';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Retention>((answer) => {
    timer = setTimeout(answer, deadline, { kind: 'unknown' });
  });
  try {
    return (await Promise.race([store.retention({ now: Date.now() }), late])).kind;
  } finally {
    clearTimeout(timer);
  }
}

async function openNamed(
  named: StoreChoice,
  open: ControlStoreRequest['open'],
  logger: Logger,
): Promise<Store | undefined> {
  const store = await open(named);
  if (store === undefined) return undefined;
  try {
    const retention = await retentionOf(store);
    refuseVolatile(named, retention);
    if (retention === 'unknown') logger.warn(unknownRetention);
    return store;
  } catch (error) {
    await store.close();
    throw unopenedControlStore(error);
  }
}

/** The same folder cannot be opened twice in a process, and the same server need not be. */
function isSameStore(left: StoreChoice, right: StoreChoice): boolean {
  if (left.kind === 'lmdb' && right.kind === 'lmdb') return resolve(left.path) === resolve(right.path);
  return left.kind === 'remote' && right.kind === 'remote' && left.address === right.address;
}

function refuseVolatile(named: StoreChoice, retention: Retention['kind']): void {
  if (retention !== 'evicts') return;
  const scheme = named.kind === 'remote' ? named.scheme : named.kind;
  const remedy = scheme.startsWith('redis') ? 'set its maxmemory-policy to noeviction, or name' : 'name';
  throw new ConfigError([
    `LARDER_CONTROL_STORE cannot be used: what ${scheme}: is given may vanish before its end, and tenants and API keys with it: ${remedy} a store that keeps them. ${example}`,
  ]);
}

const unknownRetention =
  'whether the store of tenants and API keys evicts could not be found out: see that its maxmemory-policy is noeviction';
const example = 'Example: LARDER_CONTROL_STORE=lmdb:./.larder-control';
