import { type ConfigProblem, InvalidConfigError } from '@larder/cache';
import { type Environment, type GivenValue, type PayloadOptions, readGivenSettings } from '@larder/cache/config';

/** What `larder.yaml` and the environment set, as far as the service knows it. */
export interface ServiceSettings {
  /** By their variables. */
  readonly values: ReadonlyMap<string, GivenValue>;
  /** A line each. */
  readonly problems: readonly string[];
  /** Compression and encryption of what goes to a store. */
  readonly payload: PayloadOptions | undefined;
  /** What the file sets, by the names that it has there. */
  readonly fileNames: readonly string[];
}

export const noSettings: ServiceSettings = { values: new Map(), problems: [], payload: undefined, fileNames: [] };

/** @throws InvalidConfigError if there is a file that cannot be read */
export async function readServiceSettings(environment: Environment): Promise<ServiceSettings> {
  const { values, problems, payload, fileNames } = await readGivenSettings(environment);
  return { values, problems: problems.map(asLine), payload, fileNames };
}

export function asLine(problem: ConfigProblem): string {
  return new InvalidConfigError([problem]).message;
}

/** What the file sets for programs with the library alone. */
export function unusedSettings(
  { fileNames }: ServiceSettings,
  { hasMemory }: { readonly hasMemory: boolean },
): readonly string[] {
  const used = hasMemory ? ['store', 'memory', 'memory.maxBytes'] : ['store'];
  return fileNames.filter((name) => !used.includes(name) && !isAlwaysUsed(name));
}

function isAlwaysUsed(name: string): boolean {
  return /^(?:store\.|service\.|compression\b|encryption\b)/.test(name);
}
