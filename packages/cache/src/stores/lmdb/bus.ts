import type { BusConnection, BusListener, BusTransport } from '../../contracts/bus.js';
import { ClosedError } from '../../errors.js';
import { prepareRow } from './bus-log.js';
import type { Lifecycle } from './lifecycle.js';
import { storeName } from './lmdb-errors.js';
import type { Environment, Tables } from './open-environment.js';
import { readFresh } from './single-read.js';
import { wakeFile } from './wake-file.js';

/** How late a frame is at the most whose wake-up was lost: who published it may have been killed before it. */
const lookMilliseconds = 250;

/** Distances between attempts to open a file that does not open. */
const firstPause = 1000;
const longestPause = 30_000;

/**
 * Carries frames between the processes that have the folder open: each is a row of a log in the file (bus-log.ts), and a
 * wake-up (wake-file.ts). Readers keep no state that others see.
 */
export function lmdbBus(life: Lifecycle, folder: string): BusTransport {
  return { name: storeName, open: (listener) => openConnection(life, folder, listener) };
}

function openConnection(life: Lifecycle, folder: string, listener: BusListener): BusConnection {
  const wake = wakeFile(folder, look);
  const timer = setInterval(lookByItself, lookMilliseconds).unref();
  const openFile = patientOpening(life, look);
  /** The open file whose log is read, and the position of what was read last. */
  let followed: { readonly environment: Environment; position: number } | undefined;
  let latestPublish: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  function lookByItself(): void {
    if (followed !== undefined) wake.attend();
    look();
  }

  function look(): void {
    if (isClosed) return;
    const environment = life.opened;
    if (followed !== undefined && followed.environment !== environment) lose();
    if (life.isClosed) stop();
    else if (environment === undefined) openFile();
    else if (followed === undefined) follow(environment);
    else deliver(followed);
  }

  function follow(environment: Environment): void {
    // Watched before it is read: what is appended in between wakes.
    wake.attend();
    try {
      const position = readFresh(environment.root, () => environment.busLog.end());
      followed = { environment, position };
    } catch {
      return; // A failing disk: the next look tries again.
    }
    tell(() => listener.connected());
  }

  function deliver(reader: NonNullable<typeof followed>): void {
    const reading = readFrames(reader);
    if (typeof reading === 'string') {
      lose();
      if (reading === 'trimmed') follow(reader.environment);
      return;
    }
    for (const frame of reading.frames) {
      reader.position += 1;
      tell(() => listener.received(frame));
    }
    if (!reading.isWhole) setImmediate(look);
  }

  function lose(): void {
    followed = undefined;
    tell(() => listener.disconnected());
  }

  /** What a listener throws must not end the process, which reads in callbacks of the system. It may close. */
  function tell(news: () => void): void {
    try {
      if (!isClosed) news();
    } catch {}
  }

  function stop(): void {
    isClosed = true;
    clearInterval(timer);
    wake.close();
  }

  // Not from here: whoever opens has no connection yet.
  queueMicrotask(look);

  return {
    async publish(frame) {
      if (isClosed) throw new ClosedError();
      const row = prepareRow(frame);
      const run = ({ busLog }: Tables) => busLog.append(row, Date.now());
      // Before the writes that wait: what it tells of is committed.
      const appended = life.writes.enqueue({ run, isUrgent: true });
      latestPublish = appended.catch(() => {});
      await appended;
      wake.touch();
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await latestPublish;
      stop();
    },
  };
}

function readFrames({ environment, position }: { environment: Environment; position: number }) {
  try {
    return readFresh(environment.root, () => environment.busLog.after(position));
  } catch {
    return 'unreadable';
  }
}

/** Opens the file unless it failed to open a moment ago, and says when that went one way or the other. */
function patientOpening(life: Lifecycle, done: () => void): () => void {
  let pause = firstPause;
  let notBefore = 0;
  let isUnderWay = false;

  async function attempt(): Promise<void> {
    try {
      await life.environment();
      pause = firstPause;
    } catch {
      notBefore = performance.now() + pause;
      pause = Math.min(pause * 2, longestPause);
    }
    isUnderWay = false;
    done();
  }

  return () => {
    if (isUnderWay || performance.now() < notBefore) return;
    isUnderWay = true;
    void attempt();
  };
}
