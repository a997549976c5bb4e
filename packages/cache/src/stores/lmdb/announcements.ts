import { randomBytes } from 'node:crypto';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

/*
 * Who has the store open: one empty file for each opening, beside the data file. Its name says everything, so that it is
 * there completely or not at all, and a removal by name never hits the announcement of somebody else.
 */
export type OpeningMode = 'exclusive' | 'shared';

export interface Announcement extends ProcessIdentity {
  readonly mode: OpeningMode;
  /** The name of its file. */
  readonly name: string;
}

const prefix = 'open';
const noStart = 'unknown';
const namePattern = new RegExp(`^${prefix}-(exclusive|shared)-(\\d+)-([\\da-f.]+|${noStart})-[\\w-]+$`);

export function announcementName(mode: OpeningMode, { pid, started = noStart }: ProcessIdentity): string {
  return `${prefix}-${mode}-${pid}-${started}-${randomBytes(6).toString('hex')}`;
}

/** Resolves once everybody who looks can see it. */
export async function announce(folder: string, mode: OpeningMode): Promise<Announcement> {
  const identity = await ownIdentity();
  const name = announcementName(mode, identity);
  await writeFile(join(folder, name), '', { flag: 'wx' });
  return { ...identity, mode, name };
}

/** Never rejects: an announcement that cannot be removed dies with this process. */
export async function withdraw(folder: string, { name }: Announcement): Promise<void> {
  await unlink(join(folder, name)).catch(() => {});
}

/** What is announced by living processes. The announcements of dead ones are removed. */
export async function standingAnnouncements(folder: string): Promise<readonly Announcement[]> {
  const standing: Announcement[] = [];
  for (const name of await readdir(folder)) {
    const announcement = parseName(name);
    if (announcement === undefined) continue;
    if (await isRunning(announcement)) standing.push(announcement);
    else await withdraw(folder, announcement);
  }
  return standing;
}

function parseName(name: string): Announcement | undefined {
  const [, mode, pid, started] = namePattern.exec(name) ?? [];
  if (mode === undefined) return undefined;
  return { name, mode: mode as OpeningMode, pid: Number(pid), started: started === noStart ? undefined : started };
}
