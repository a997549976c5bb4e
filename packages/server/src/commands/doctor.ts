import { CommandFailure, type Surroundings, UsageError } from './command.js';
import { describedCommand } from './described-command.js';
import type { Check } from './doctor/check.js';
import { failed, warning } from './doctor/check.js';
import { checkApiKey } from './doctor/check-api-key.js';
import { checkConfiguration } from './doctor/check-configuration.js';
import { checkNode } from './doctor/check-node.js';
import { checkService } from './doctor/check-service.js';
import { checkStore } from './doctor/check-store.js';
import { exitCodes } from './exit-codes.js';
import { openServiceClient, serviceClient, serviceOptions } from './service-client.js';
import { printable, withoutSecrets } from './text.js';

export const { command: doctor } = describedCommand(
  {
    name: 'doctor',
    summary: 'checks configuration, store, service and API key, and says what to do',
    operands: [],
    options: {
      'no-service': { type: 'boolean', description: 'looks at configuration and store alone' },
      ...serviceOptions,
    },
    notes: [
      'Configuration and store are those that larder serve would use in this folder and this environment. It writes one\nscratch entry into the store, and one through the service, and removes both.',
      'Ends with 1 if a check failed, and with 0 if there are only warnings.',
    ],
    examples: ['larder doctor', 'larder doctor --json | jq ".checks[] | select(.status != \\"ok\\")"'],
  },
  async ({ options }, surroundings) => {
    const checks: Check[] = [];
    const show = presenter(surroundings, options.key);
    const add = (more: readonly Check[]) => {
      checks.push(...more);
      if (!options.json) for (const check of more) show(check);
    };
    add([checkNode(process.versions.node)]);
    const { check, config } = await checkConfiguration(surroundings.environment);
    add([check]);
    if (config !== undefined) add(await checkStore(config.store, surroundings));
    if (!options['no-service']) {
      const found = await checkService(openServiceClient(options, surroundings), surroundings.now);
      add(found);
      if (found[0]?.status === 'ok') add(await checkKey(options, surroundings));
    }
    const isHealthy = checks.every(({ status }) => status !== 'failed');
    if (options.json)
      surroundings.out(
        `${withoutSecrets(JSON.stringify({ ok: isHealthy, checks }), [options.key, surroundings.environment.LARDER_KEY])}\n`,
      );
    return isHealthy ? exitCodes.done : exitCodes.failed;
  },
);

async function checkKey(options: { url: string | undefined; key: string | undefined }, surroundings: Surroundings) {
  const name = 'API key';
  if (!(options.key ?? surroundings.environment.LARDER_KEY)) {
    return [warning(name, 'none was given, so none was checked', 'Set LARDER_KEY.')];
  }
  try {
    return await checkApiKey(serviceClient(options, surroundings));
  } catch (error) {
    if (error instanceof UsageError)
      return [failed(name, error.message, 'Set LARDER_KEY to the whole key, and nothing else.')];
    if (error instanceof CommandFailure) return [failed(name, error.message, 'Try again.')];
    throw error;
  }
}

/** Of ECMA-48: green, yellow, red. */
const colours = { ok: 32, warning: 33, failed: 31 } as const;

function presenter({ out, outputIsTerminal, environment }: Surroundings, key: string | undefined) {
  // https://no-color.org: set, and not empty.
  const isColoured = outputIsTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return ({ name, status, detail, advice }: Check): void => {
    const label = status.padEnd('warning'.length);
    const shown = isColoured ? `\u001b[${colours[status]}m${label}\u001b[0m` : label;
    const lines = detail
      .split('\n')
      .map(printable)
      .join(`\n${' '.repeat(9)}`);
    const next = advice === undefined ? '' : `         -> ${advice}\n`;
    out(withoutSecrets(`${shown}  ${name}: ${lines}\n${next}`, [key, environment.LARDER_KEY]));
  };
}
