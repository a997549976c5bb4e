/**
 * Runs `task` when everything that is ready to run has run: callers woken by one reply all ask in the microtasks that
 * follow it, and what is asked from outside a microtask is followed by microtasks that ask as well.
 */
export function afterThisTick(task: () => void): void {
  queueMicrotask(() => process.nextTick(task));
}
