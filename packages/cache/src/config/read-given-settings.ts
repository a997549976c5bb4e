import { type ConfigProblem, InvalidAddressError } from '../errors.js';
import { addCredentials } from './add-credentials.js';
import { mergeTexts, readEnvironmentTexts } from './environment-texts.js';
import type { Environment } from './interpolate.js';
import { type PayloadOptions, payloadOptions } from './payload-options.js';
import { type PlacedText, problemAt } from './placed-text.js';
import { readConfigFile } from './read-config.js';
import { readValues } from './read-values.js';
import { serviceSettings, settings } from './settings.js';

/** What a file and the environment set, for a program that judges the values itself. */
export interface GivenSettings {
  /** By the variable that sets the same. */
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly problems: readonly ConfigProblem[];
  readonly payload: PayloadOptions;
  /** The settings of the file, and what they are called there. */
  readonly fileNames: readonly string[];
}

export interface GivenValue {
  readonly text: string;
  /** True where a part of it came out of a variable, and may therefore be secret. */
  readonly isInterpolated: boolean;
  /** Says what is wrong with it in the words of where it was written. */
  problem(reason: string, example: string): ConfigProblem;
}

/**
 * Reads `larder.yaml` and the environment. Names that are unknown are problems; values are not judged, but those of
 * `compression` and `encryption`.
 *
 * @throws InvalidConfigError if the file cannot be read, or is no YAML
 * @throws ClientMissingError if there is a file, and the package "yaml" is not installed
 */
export async function readGivenSettings(environment: Environment, folder?: string): Promise<GivenSettings> {
  const problems: ConfigProblem[] = [];
  const file = await readConfigFile(environment, problems, folder);
  const known = [...settings, ...serviceSettings];
  const texts = withCredentials(mergeTexts(file.texts, readEnvironmentTexts(environment, known)), problems);
  const values = new Map<string, GivenValue>();
  for (const { name, variable = longForms.get(name) } of known) {
    const placed = texts.get(name);
    if (placed === undefined || variable === undefined) continue;
    const problem = (reason: string, example: string) => problemAt(placed.place, name, reason, example);
    values.set(variable, { text: placed.text, isInterpolated: placed.isInterpolated, problem });
  }
  const ofPayload = new Map([...texts].filter(([name]) => /^(?:compression|encryption)\b/.test(name)));
  const payload = payloadOptions(ofPayload, readValues(ofPayload, problems), problems);
  return {
    values,
    problems,
    payload,
    fileNames: [...file.texts.keys(), ...[...file.namespaces.keys()].map(inNamespaces)],
  };
}

/** What a file can also say in a section. */
const longForms: ReadonlyMap<string, string> = new Map([['memory.maxBytes', 'LARDER_MEMORY']]);

function inNamespaces(name: string): string {
  return `namespaces.${name}`;
}

/** The address with the user and password that stand apart from it. */
function withCredentials(texts: ReadonlyMap<string, PlacedText>, problems: ConfigProblem[]): Map<string, PlacedText> {
  const merged = new Map(texts);
  const [user, password] = [texts.get('store.username'), texts.get('store.password')];
  const given = texts.get('store') ?? user ?? password;
  if (given === undefined) return merged;
  try {
    const text = addCredentials(texts.get('store')?.text ?? '', user?.text, password?.text);
    return merged.set('store', { ...given, text });
  } catch (error) {
    if (!(error instanceof InvalidAddressError)) throw error;
    problems.push(problemAt(given.place, 'store', `cannot be used: ${error.reason}`, error.example));
    return merged;
  }
}
