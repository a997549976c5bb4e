import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigProblem, InvalidConfigError } from '../errors.js';
import { builtInStores } from '../registry/built-in-stores.js';
import { createStoreRegistry, type StoreRegistry } from '../registry/store-registry.js';
import { buildOptions, type CacheConfig } from './build-options.js';
import { mergeTexts, readEnvironmentTexts } from './environment-texts.js';
import { type ConfigTexts, readFileTexts } from './file-texts.js';
import type { Environment } from './interpolate.js';
import { readYamlTree } from './yaml-tree.js';

export interface ReadConfigOptions {
  /** Which stores there are. Default: the built-in ones. */
  readonly stores?: StoreRegistry;
  /** Where `larder.yaml` is looked for unless `LARDER_CONFIG` names a file. Default: the working folder. */
  readonly folder?: string;
}

const usualName = 'larder.yaml';
const builtIn = createStoreRegistry(builtInStores);

/**
 * Reads and checks everything; opens nothing.
 *
 * @throws InvalidConfigError that tells all problems at once
 */
export async function readConfig(environment: Environment, options: ReadConfigOptions = {}): Promise<CacheConfig> {
  const problems: ConfigProblem[] = [];
  const { texts, namespaces } = await readConfigFile(environment, problems, options.folder);
  const merged = mergeTexts(texts, readEnvironmentTexts(environment));
  const config = buildOptions({ texts: merged, namespaces }, options.stores ?? builtIn, problems);
  if (problems.length > 0) throw new InvalidConfigError(problems.sort(byLine));
  return config;
}

/** The lines of the file first, from top to bottom. */
function byLine(one: ConfigProblem, other: ConfigProblem): number {
  return (one.line ?? Number.MAX_SAFE_INTEGER) - (other.line ?? Number.MAX_SAFE_INTEGER);
}

/**
 * What the file of `LARDER_CONFIG` sets, or `./larder.yaml` where there is one. Problems within the file go to
 * `problems`.
 *
 * @throws InvalidConfigError if it cannot be read, or is no YAML
 */
export async function readConfigFile(
  environment: Environment,
  problems: ConfigProblem[],
  folder?: string,
): Promise<ConfigTexts> {
  const named = Object.hasOwn(environment, 'LARDER_CONFIG') ? environment.LARDER_CONFIG : undefined;
  const file = named ?? (folder === undefined ? usualName : join(folder, usualName));
  const source = await readSource(file, named !== undefined);
  if (source === undefined) return { texts: new Map(), namespaces: new Map() };
  return readFileTexts(await readYamlTree(source, file), file, environment, problems);
}

/** `undefined` if there is no file, and none was asked for. */
async function readSource(file: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && !isNamed) return undefined;
    throw new InvalidConfigError([
      isNamed
        ? {
            name: 'LARDER_CONFIG',
            reason: `cannot be used: ${whyNot(code, file)}`,
            example: `LARDER_CONFIG=./${usualName}`,
          }
        : { name: '', file, reason: `the file cannot be used: ${whyNot(code, file)}` },
    ]);
  }
}

function whyNot(code: unknown, file: string): string {
  if (file === '') return 'it is empty';
  const shown = JSON.stringify(file.slice(0, 200));
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${shown}`;
  if (code === 'EISDIR') return `${shown} is a folder`;
  if (code === 'EACCES' || code === 'EPERM') return `this process may not read ${shown}`;
  return `${shown} cannot be read`;
}
