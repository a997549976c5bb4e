import type { Cancel, Clock, Millis } from '../../src/contracts/time.js';

interface Task {
  readonly due: Millis;
  /** Of two tasks at the same time, the one that was scheduled first runs first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

const { setImmediate } = globalThis;

/** One time for a whole network: runs one task after the other, each with everything that follows from it. */
export class VirtualTime {
  now: Millis = 0;
  readonly #heap: Task[] = [];
  #scheduled = 0;

  schedule(run: () => void, delay: Millis): Cancel {
    if (delay === Number.POSITIVE_INFINITY) return () => {};
    const task = { due: this.now + Math.max(0, delay), order: this.#scheduled++, run, isCancelled: false };
    push(this.#heap, task);
    return () => {
      task.isCancelled = true;
    };
  }

  sleep(millis: Millis): Promise<void> {
    return new Promise((resolve) => this.schedule(resolve, millis));
  }

  /**
   * A turn of the event loop between two tasks: promises and `process.nextTick` have all had their turn by then, and the
   * library has no other way to put anything off.
   */
  async run(until: Millis): Promise<void> {
    await drained();
    for (let next = this.#heap[0]; next !== undefined && next.due <= until; next = this.#heap[0]) {
      pop(this.#heap);
      if (next.isCancelled) continue;
      this.now = next.due;
      next.run();
      await drained();
    }
    this.now = until;
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The clock of one process: off by so much, and fast or slow. It stops with the process. */
export class ProcessClock implements Clock {
  isStopped = false;
  /** Tasks that wait for their time. */
  pending = 0;
  readonly #time: VirtualTime;
  readonly #offset: Millis;
  readonly #rate: number;

  constructor(time: VirtualTime, offset: Millis, rate: number) {
    this.#time = time;
    this.#offset = offset;
    this.#rate = rate;
  }

  now(): Millis {
    return epoch + this.#offset + this.#time.now * this.#rate;
  }

  coarseNow(): Millis {
    return this.now();
  }

  schedule(task: () => void, delay: number): Cancel {
    let isPending = true;
    this.pending++;
    const over = (): boolean => {
      if (!isPending) return false;
      isPending = false;
      this.pending--;
      return true;
    };
    const run = () => {
      if (over() && !this.isStopped) task();
    };
    const cancel = this.#time.schedule(run, delay / this.#rate);
    return () => {
      if (over()) cancel();
    };
  }
}

/** What clocks show when virtual time begins. */
export const epoch: Millis = Date.UTC(2024, 0, 1);

function isBefore(one: Task, other: Task): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

function push(heap: Task[], task: Task): void {
  let at = heap.push(task) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Task;
    if (!isBefore(task, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = task;
}

function pop(heap: Task[]): void {
  const last = heap.pop() as Task;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, heap[below] as Task)) below++;
    const child = heap[below] as Task;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
