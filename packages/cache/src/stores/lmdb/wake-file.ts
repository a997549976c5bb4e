import { closeSync, constants, type FSWatcher, fstatSync, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Wakes whoever watches the folder: all of them watch one file of one byte, and who has something to tell writes it
 * again. The system tells every watcher (inotify on Linux), so nobody keeps a list of the others, and a killed process
 * leaves nothing behind. Why not sockets: docs/decisions/0015-lmdb-bus.md.
 */
export interface WakeFile {
  /** Wakes all who watch, this process too. Never throws: whoever is not woken looks by itself before long. */
  touch(): void;
  /** Call it now and then: makes the file anew where it was removed, and watches it where it is not watched. */
  attend(): void;
  close(): void;
}

const fileName = 'wake';
const oneByte = Buffer.from('\n');

/** How often to look where the system watches no more files for this user. */
const unwatchedMilliseconds = 20;

export type WatchFile = (path: string, options: { readonly persistent: false }, changed: () => void) => FSWatcher;

export function wakeFile(folder: string, woken: () => void, watchFile: WatchFile = watch): WakeFile {
  const path = join(folder, fileName);
  let descriptor: number | undefined;
  let watcher: FSWatcher | undefined;
  let substitute: NodeJS.Timeout | undefined;

  function attend(): void {
    try {
      if (descriptor !== undefined && isRemoved(descriptor)) letGo();
      descriptor ??= openSync(path, constants.O_RDWR | constants.O_CREAT, 0o664);
      watcher ??= startWatching();
      clearInterval(substitute);
      substitute = undefined;
    } catch {
      substitute ??= setInterval(woken, unwatchedMilliseconds).unref();
    }
  }

  function startWatching(): FSWatcher {
    const started = watchFile(path, { persistent: false }, woken);
    return started.on('error', () => {
      started.close();
      if (watcher === started) watcher = undefined;
    });
  }

  function letGo(): void {
    watcher?.close();
    watcher = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  return {
    touch() {
      try {
        // At once, not in a thread: 2 µs instead of 50, and no journal to wait for, because nothing is flushed.
        if (descriptor !== undefined) writeSync(descriptor, oneByte, 0, 1, 0);
      } catch {
        // A full disk may have no room for the first byte.
      }
    },
    attend,
    close() {
      letGo();
      clearInterval(substitute);
    },
  };
}

/** The others would watch another file of the same name. */
function isRemoved(descriptor: number): boolean {
  return fstatSync(descriptor).nlink === 0;
}
