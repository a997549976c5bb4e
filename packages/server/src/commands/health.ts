import { get } from 'node:http';
import { type Config, readConfig } from '../config.js';
import { readServiceSettings } from '../given-settings.js';
import { startFailure } from '../start-failure.js';
import { describedCommand } from './described-command.js';
import { exitCodes } from './exit-codes.js';

const deadline = 2_000;

/** Asks the service that was started with the same larder.yaml and environment whether it is alive. */
export const { command: health } = describedCommand(
  {
    name: 'health',
    summary: 'asks whether the service that these settings start is alive',
    operands: [],
    options: {},
    notes: ['Reads larder.yaml and the environment as serve does. 0 is alive; 1 is not, or nobody answers.'],
    examples: ['LARDER_PORT=9000 larder health'],
  },
  async (_given, { environment, out, error }) => {
    let config: Config;
    try {
      config = readConfig(environment, await readServiceSettings(environment));
    } catch (failure) {
      error(`${startFailure(failure)}\n`);
      return exitCodes.failed;
    }
    const host = reachable(config.host);
    const answer = await livez(host, config.port);
    if (answer === 200) {
      out('alive\n');
      return exitCodes.done;
    }
    error(`The service on ${host}, port ${config.port}, is not alive: ${answer}\n`);
    return exitCodes.failed;
  },
);

/** Who listens on every address of the machine is asked on the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** The status, or why there is none. */
function livez(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/livez', agent: false, timeout: deadline }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 'no status');
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${deadline} ms`)));
    request.on('error', ({ message }) => resolve(message));
  });
}
