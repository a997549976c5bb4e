import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LarderError, type Store } from '@larder/cache';
import { physicalKey } from '@larder/cache/inspection';
import type { StoreChoice } from '../../config.js';
import type { ServiceClock } from '../../service.js';
import { type Check, failed, ok, reasonOf, warning, within } from './check.js';
import { clockCheck } from './check-clock.js';
import { checkEviction } from './check-eviction.js';
import { latencyCheck, measured } from './latency.js';

const deadline = 5_000;
const rounds = 100;
const scratchBytes = 100;
const scratchLife = 60_000;

/** The store that `larder serve` would open: reachable, how fast, does it evict, does its clock agree. */
export async function checkStore(choice: StoreChoice, clock: Pick<ServiceClock, 'now'>): Promise<readonly Check[]> {
  if (choice.kind === 'memory') return [ok('store', 'memory: needs no other; nothing outlives the service')];
  if (choice.kind === 'lmdb' && !(await exists(choice.path))) return [await checkPlaceFor(choice.path)];
  let store: Store | undefined;
  try {
    store = await within(deadline, opened(choice));
    return await checksOf(store, choice, clock);
  } catch (error) {
    return [notReached(choice, error)];
  } finally {
    await within(deadline, store?.close() ?? Promise.resolve()).catch(() => {});
  }
}

async function opened(choice: Exclude<StoreChoice, { kind: 'memory' }>): Promise<Store> {
  if (choice.kind === 'remote') return choice.open();
  const { lmdbStore } = await import('@larder/cache/lmdb');
  return lmdbStore({ path: choice.path, exclusive: true });
}

async function checksOf(
  store: Store,
  choice: StoreChoice,
  clock: Pick<ServiceClock, 'now'>,
): Promise<readonly Check[]> {
  const key = physicalKey(['larder doctor'], randomBytes(8).toString('hex'));
  await within(deadline, store.get([key], { now: clock.now() }));
  return [
    ok('store', `${store.name} answers`),
    await checkLatency(store, key, clock),
    await within(deadline, checkEviction(store, clock)),
    ...(await checkServiceClock(store, choice, clock)),
  ];
}

async function checkLatency(store: Store, key: string, { now }: Pick<ServiceClock, 'now'>): Promise<Check> {
  const bytes = randomBytes(scratchBytes);
  const write = () => {
    const entry = { key, bytes, expiresAt: now() + scratchLife, version: 'doctor', indexes: {} };
    return within(deadline, store.set([entry], { now: now() }));
  };
  try {
    const writes = await measured(rounds, write);
    const reads = await measured(rounds, () => within(deadline, store.get([key], { now: now() })));
    return latencyCheck(
      'store latency',
      reads,
      writes,
      'Bring service and store closer together, or look at what else it does.',
    );
  } catch (error) {
    return failed(
      'store latency',
      reasonOf(error),
      'The store can be read but not written: check rights and free space.',
    );
  } finally {
    // It ends by itself within a minute where that fails.
    await within(deadline, store.delete([key], { now: now() })).catch(() => {});
  }
}

async function checkServiceClock(
  store: Store,
  { kind }: StoreChoice,
  { now }: Pick<ServiceClock, 'now'>,
): Promise<readonly Check[]> {
  const name = 'store clock';
  if (store.time === undefined) {
    if (kind === 'lmdb') return [];
    return [warning(name, 'this store does not tell its time', 'Keep NTP running on every machine: docs/clocks.md.')];
  }
  try {
    const asked = now();
    const { time, error } = await within(deadline, store.time({ now: asked }));
    const advice = 'Larder goes by the time of the store, so nothing breaks; but keep NTP running: docs/clocks.md.';
    return [clockCheck(name, 'in the store', { asked, answered: now(), time, error }, advice)];
  } catch (error) {
    return [warning(name, reasonOf(error), 'Let the service ask for the time (Redis: TIME, memcached: stats).')];
  }
}

function notReached(choice: StoreChoice, error: unknown): Check {
  if (error instanceof LarderError && error.code === 'LARDER_STORE_IN_USE') {
    // As it should be while the service runs.
    return ok('store', 'in use by another process, as it is while the service runs; so it was not measured');
  }
  const advice =
    choice.kind === 'lmdb'
      ? 'Check LARDER_STORE, and who may write to that folder.'
      : 'Check LARDER_STORE, whether that server runs, and what stands between it and this machine.';
  return failed('store', reasonOf(error), advice);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** `larder serve` makes the folder; the doctor makes nothing. */
async function checkPlaceFor(path: string): Promise<Check> {
  let parent = dirname(resolve(path));
  while (!(await exists(parent))) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return ok('store', `${path} is not there yet; larder serve will make it`);
  } catch {
    return failed(
      'store',
      `${path} is not there, and this user may not make it in ${parent}`,
      'Name another folder in LARDER_STORE, or give the right to write there.',
    );
  }
}
