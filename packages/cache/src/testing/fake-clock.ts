import type { Cancel, Clock, Millis } from '../contracts/time.js';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves time forward, running each task that falls due at its own time, in order; tasks that these add count too. */
  advance(milliseconds: number): void;
  /** How many tasks wait for their time. */
  pendingTasks(): number;
}

interface Task {
  readonly run: () => void;
  readonly dueAt: Millis;
}

/** Time for tests, which then never sleep. Starts at 2024-01-01T00:00:00Z unless told otherwise. */
export function fakeClock(start: Millis = Date.UTC(2024, 0, 1)): FakeClock {
  let time = start;
  const tasks = new Set<Task>();

  return {
    now: () => time,
    coarseNow: () => time,
    schedule(run: () => void, delay: number): Cancel {
      const task: Task = { run, dueAt: time + Math.max(0, delay) };
      tasks.add(task);
      return () => {
        tasks.delete(task);
      };
    },
    advance(milliseconds: number): void {
      if (!(milliseconds >= 0))
        throw new RangeError(`A clock moves forward only, not by ${milliseconds} milliseconds.`);
      const end = time + milliseconds;
      for (let task = nextDue(tasks, end); task !== undefined; task = nextDue(tasks, end)) {
        tasks.delete(task);
        // A task may advance the clock itself; time must not fall back to this task's due time then.
        time = Math.max(time, task.dueAt);
        task.run();
      }
      time = Math.max(time, end);
    },
    pendingTasks: () => tasks.size,
  };
}

/** The earliest task due by `end`; of two at the same time, the one that was scheduled first. */
function nextDue(tasks: ReadonlySet<Task>, end: Millis): Task | undefined {
  let earliest: Task | undefined;
  for (const task of tasks) {
    if (task.dueAt <= end && (earliest === undefined || task.dueAt < earliest.dueAt)) earliest = task;
  }
  return earliest;
}
