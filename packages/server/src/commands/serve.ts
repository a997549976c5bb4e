import { type Config, readConfig } from '../config.js';
import { readServiceSettings, unusedSettings } from '../given-settings.js';
import { greeting } from '../greeting.js';
import { defaultLimits } from '../limits.js';
import { createLogger, errorFields, type Logger } from '../logger.js';
import { startFailure } from '../start-failure.js';
import { type RunningService, startService } from '../start-service.js';

/** Starts the service as larder.yaml and the environment say, and lets it run until a signal. Resolves with the exit code so far. */
export async function serve(): Promise<number> {
  let config: Config | undefined;
  try {
    const given = await readServiceSettings(process.env);
    config = readConfig(process.env, given);
    const logger = createLogger(config.logLevel, (line) => process.stderr.write(line), Date.now);
    const unused = unusedSettings(given, config.store);
    if (unused.length > 0) logger.warn('the service does not use these settings', { settings: unused.join(' ') });
    const service = await startService(config, logger);
    process.stdout.write(greeting(service, config));
    stopOnSignal(service, logger);
    return 0;
  } catch (error) {
    process.stderr.write(`${startFailure(error, config)}\n`);
    return 1;
  }
}

function stopOnSignal(service: RunningService, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info('shutting down', { signal });
    // Whatever hangs: a supervisor kills after ten seconds, and a clear exit code is worth more.
    setTimeout(() => process.exit(1), defaultLimits.exitTimeout).unref();
    try {
      await service.stop();
      process.exit(0);
    } catch (error) {
      logger.error('shutting down failed', errorFields(error));
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
