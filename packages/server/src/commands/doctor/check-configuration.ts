import { type Config, type Environment, readConfig } from '../../config.js';
import { readServiceSettings, unusedSettings } from '../../given-settings.js';
import { type Check, failed, ok, reasonOf, warning } from './check.js';

const name = 'configuration';

/** Read as `larder serve` would read it, in this folder and this environment. */
export async function checkConfiguration(
  environment: Environment,
): Promise<{ readonly check: Check; readonly config: Config | undefined }> {
  try {
    const given = await readServiceSettings(environment);
    const config = readConfig(environment, given);
    const unused = unusedSettings(given, { hasMemory: mayHaveMemory(config) });
    return { config, check: unused.length === 0 ? ok(name, spoken(config)) : ignored(config, unused) };
  } catch (error) {
    const advice =
      'Change what is named, or take it away: docs/service.md and docs/configuration.md have all settings.';
    return { config: undefined, check: failed(name, reasonOf(error), advice) };
  }
}

/** A store without a bus gets none, which shows when it is opened. */
function mayHaveMemory({ memory, store }: Config): boolean {
  return memory !== 'off' && (store.kind !== 'remote' || /^(?:redis|larder)/.test(store.scheme));
}

function ignored(config: Config, unused: readonly string[]): Check {
  const detail = `${spoken(config)}. The service does not use: ${unused.join(', ')}`;
  return warning(name, detail, 'Take these settings out of larder.yaml, or leave them for programs with the library.');
}

function spoken({ host, port, store, memory }: Config): string {
  const place = store.kind === 'lmdb' ? `lmdb:${store.path}` : store.kind === 'memory' ? 'memory:' : `${store.scheme}:`;
  return `listens on ${host}, port ${port}; store ${place}${memory === undefined ? '' : `, memory ${memory}`}`;
}
