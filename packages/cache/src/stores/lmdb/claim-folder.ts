import { setTimeout as wait } from 'node:timers/promises';
import { type Announcement, announce, type OpeningMode, standingAnnouncements, withdraw } from './announcements.js';
import { inUseError } from './lmdb-errors.js';

/** The right to have the folder's file open, for as long as the store lives. */
export interface Claim {
  release(): Promise<void>;
}

/** What the distances between attempts are made of. */
export interface Chance {
  readonly random: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

const attempts = 5;
const firstDistance = 20;

/**
 * Claims the folder for an opening: many `shared` ones at a time, or a single `exclusive` one.
 *
 * Announce, then look (Dekker, 1965): of two that open at once, whoever announces later sees the other, so never do both
 * go on. Both may see each other, and neither goes on: then each withdraws, and tries again after a distance of its own.
 * The look before the announcement keeps those who wait from standing in the way of others.
 *
 * @throws StoreError `LARDER_STORE_IN_USE`
 */
export async function claimFolder(
  folder: string,
  mode: OpeningMode,
  chance: Chance = { random: Math.random, wait },
): Promise<Claim> {
  for (let attempt = 1; ; attempt++) {
    const claim = await tryToClaim(folder, mode);
    if ('release' in claim) return claim;
    if (attempt === attempts) throw inUseError(folder, claim);
    await chance.wait(chance.random() * firstDistance * 2 ** attempt);
  }
}

/** The claim, or who stands in its way. */
async function tryToClaim(folder: string, mode: OpeningMode): Promise<Claim | Announcement> {
  const holder = await findHolder(folder, mode);
  if (holder !== undefined) return holder;
  const own = await announce(folder, mode);
  const release = () => withdraw(folder, own);
  try {
    const rival = await findHolder(folder, mode, own);
    if (rival === undefined) return { release };
    await release();
    return rival;
  } catch (error) {
    await release();
    throw error;
  }
}

async function findHolder(folder: string, mode: OpeningMode, own?: Announcement): Promise<Announcement | undefined> {
  const others = (await standingAnnouncements(folder)).filter(({ name }) => name !== own?.name);
  return others.find((other) => mode === 'exclusive' || other.mode === 'exclusive');
}
