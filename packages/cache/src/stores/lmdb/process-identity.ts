import { readFile } from 'node:fs/promises';

/** One run of a process. Systems use numbers again, a container from 1 on at each start, so the start counts too. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a text that no other run with this number has; `undefined` where the system does not say. */
  readonly started: string | undefined;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, started: (await lookUp(process.pid))?.started };
}

/** In doubt true: to take a living process for dead would let two believe that the file is theirs alone. */
export async function isRunning({ pid, started }: ProcessIdentity): Promise<boolean> {
  const found = await lookUp(pid);
  // Other users' processes may be hidden in /proc; a signal is refused, but finds them.
  if (found === undefined) return answersSignals(pid);
  return !found.hasEnded && (started === undefined || found.started === started);
}

interface Found {
  readonly started: string;
  /** Dead, and not yet asked after by its parent: it has let go of every file. */
  readonly hasEnded: boolean;
}

/** proc_pid_stat(5): behind the name in parentheses come the state, the 3rd field, and the start, the 22nd. */
async function lookUp(pid: number): Promise<Found | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readIfThere(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', ticks] = [fields[0], fields[19]];
  if (ticks === undefined) return undefined;
  // Ticks are counted from the start of the machine.
  const boot = (await readIfThere('/proc/sys/kernel/random/boot_id')).replace(/[^\da-f]/g, '');
  return { started: `${ticks}.${boot}`, hasEnded: state === 'Z' || state === 'X' };
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}
