import cluster from 'node:cluster';
import { type Config, type Environment, readConfig } from '../config.js';
import { readServiceSettings, type ServiceSettings, unusedSettings } from '../given-settings.js';
import { greeting } from '../greeting.js';
import { defaultLimits } from '../limits.js';
import { createLogger, errorFields, type Logger } from '../logger.js';
import { startFailure } from '../start-failure.js';
import { type RunningService, startService } from '../start-service.js';
import { reportsOfOneProcess } from '../workers/reports.js';
import { isFirstWorker, serveAsWorker } from '../workers/serve-as-worker.js';
import { serveWithWorkers } from '../workers/serve-with-workers.js';

/** Starts the service as larder.yaml and the environment say, and lets it run until a signal. Resolves with the exit code so far. */
export async function serve(environment: Environment): Promise<number> {
  let config: Config | undefined;
  try {
    const given = await readServiceSettings(environment);
    config = readConfig(environment, given);
    const logger = createLogger(config.logLevel, (line) => process.stderr.write(line), Date.now);
    if (config.workers > 1 && cluster.isPrimary) return await serveWithWorkers(config, logger);
    const service = await (cluster.isWorker ? serveAsWorker(config, logger) : serveAlone(config, logger));
    if (cluster.isPrimary || isFirstWorker) warnOfUnused(given, service, logger);
    stopOnSignal(service, config, logger);
    return 0;
  } catch (error) {
    process.stderr.write(`${startFailure(error, config)}\n`);
    // A worker's channel to the primary would keep it.
    if (cluster.isWorker) process.exit(1);
    return 1;
  }
}

async function serveAlone(config: Config, logger: Logger): Promise<RunningService> {
  const service = await startService(config, { logger, reports: reportsOfOneProcess(), isFirst: true });
  process.stdout.write(greeting(service, config));
  return service;
}

function warnOfUnused(given: ServiceSettings, service: RunningService, logger: Logger): void {
  const unused = unusedSettings(given, service);
  if (unused.length > 0) logger.warn('the service does not use these settings', { settings: unused.join(' ') });
}

function stopOnSignal(service: RunningService, { drainDelay }: Config, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info('shutting down', { signal });
    // Whatever hangs: a supervisor kills after ten seconds, and a clear exit code is worth more.
    setTimeout(() => process.exit(1), defaultLimits.exitTimeout).unref();
    try {
      // Whoever types Ctrl-C has no balancer that must learn of it.
      await service.stop(signal === 'SIGINT' ? 0 : drainDelay);
      process.exit(0);
    } catch (error) {
      logger.error('shutting down failed', errorFields(error));
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
