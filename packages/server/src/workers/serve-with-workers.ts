import cluster from 'node:cluster';
import type { Config } from '../config.js';
import { greeting } from '../greeting.js';
import { defaultLimits } from '../limits.js';
import type { Logger } from '../logger.js';
import { metricsSubject } from '../modules/stats/metrics.js';
import { countsAlone, sumOfMetrics } from '../modules/stats/sum-of-metrics.js';
import { createReportDesk, type Legacy } from './report-desk.js';
import { supervise } from './supervise.js';

/** More than a worker takes that ends by itself, and still within ten seconds. */
const longerThanWorkers = 200;

/** The primary process: it serves nothing itself, and opens no store. Resolves with the exit code so far. */
export async function serveWithWorkers(config: Config, logger: Logger): Promise<number> {
  // Before there is a worker that this process must not leave behind.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervision.stop(signal));
  const supervision = supervise({
    count: config.workers,
    fork: () => cluster.fork(),
    desk: createReportDesk({ [metricsSubject]: countsOfTheDead }),
    logger,
    exitTimeout: defaultLimits.exitTimeout + longerThanWorkers,
  });
  // Workers end by themselves, and so does this process with the last of them; a listener may still hold it.
  void supervision.ended.then((code) => process.exit(code));

  const ready = await supervision.started;
  if (ready !== undefined) process.stdout.write(greeting(ready, config));
  return ready === undefined ? 1 : 0;
}

const countsOfTheDead: Legacy = (left, last) =>
  sumOfMetrics([...(left === undefined ? [] : [left]), countsAlone(last)]);
