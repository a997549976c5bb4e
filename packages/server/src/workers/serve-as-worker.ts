import cluster from 'node:cluster';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { type RunningService, startService } from '../start-service.js';
import { type FromWorker, isOurs, type ToWorker } from './messages.js';
import { type PrimaryPort, workerReports } from './worker-reports.js';

const primary: PrimaryPort = {
  send(message) {
    // Without the primary there is no service any more; this process is about to end too.
    if (process.connected) process.send?.(message satisfies FromWorker);
  },
  listen(listener) {
    process.on('message', (message) => {
      if (isOurs<ToWorker>(message)) listener(message);
    });
  },
};

/** Ids are never given twice: who takes the place of a worker that died has another. */
export const isFirstWorker = cluster.worker?.id === 1;

/** One of the processes that a primary has started, which tells people what there is to tell. */
export async function serveAsWorker(config: Config, logger: Logger): Promise<RunningService> {
  const service = await startService(config, {
    logger,
    reports: workerReports(primary),
    isFirst: isFirstWorker,
  });
  primary.send({ larder: 'ready', address: service.address, firstKey: service.firstKey });
  return service;
}
