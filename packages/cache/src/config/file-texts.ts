import type { ConfigProblem } from '../errors.js';
import { closestName } from '../options/closest-name.js';
import { type Environment, interpolate } from './interpolate.js';
import { type PlacedText, problemAt } from './placed-text.js';
import { entryDefaults, type Setting, serviceSettings, settings } from './settings.js';
import { shownName, type YamlEntry, type YamlMap } from './yaml-tree.js';

/** What was set, by the names of settings. */
export type Texts = ReadonlyMap<string, PlacedText>;

/** What a file sets, or an environment. */
export interface ConfigTexts {
  readonly texts: Texts;
  /** The settings of each namespace that has its own, and where it begins. */
  readonly namespaces: ReadonlyMap<string, NamespaceTexts>;
}

export interface NamespaceTexts {
  readonly texts: Texts;
  readonly line: number;
}

const fileSettings = [...settings, ...serviceSettings];

/** The texts of a file, with its variables put in. What is unknown or empty goes to `problems`. */
export function readFileTexts(
  tree: YamlMap,
  file: string,
  environment: Environment,
  problems: ConfigProblem[],
): ConfigTexts {
  const reader = { file, environment, problems };
  const own = tree.entries.filter(({ name }) => name !== 'namespaces');
  const namespaces = tree.entries.find(({ name }) => name === 'namespaces');
  return {
    texts: readSection(own, { ...reader, path: '', known: fileSettings, at: '' }),
    namespaces: namespaces === undefined ? new Map() : readNamespaces(namespaces, reader),
  };
}

interface Reader {
  readonly file: string;
  readonly environment: Environment;
  readonly problems: ConfigProblem[];
}

/** A part of a file, and what may stand in it. */
interface Section extends Reader {
  /** What the names of its settings begin with, such as `memory.`. */
  readonly path: string;
  readonly known: readonly Setting[];
  /** What they begin with for people: `namespaces.user.` too. */
  readonly at: string;
}

function readNamespaces({ node, line }: YamlEntry, reader: Reader): ReadonlyMap<string, NamespaceTexts> {
  const { file, problems } = reader;
  const namespaces = new Map<string, NamespaceTexts>();
  const refuse = (where: number, name: string, reason: string) =>
    problems.push({ name, file, line: where, reason, example: 'user: { ttl: 1h }' });
  if (node.kind === 'text' && node.text === undefined) return namespaces;
  if (node.kind !== 'map') {
    refuse(line, 'namespaces', 'cannot be used: it is no section of namespaces with their defaults');
    return namespaces;
  }
  for (const entry of node.entries) {
    const at = `namespaces.${shownName(entry.name)}`;
    if (entry.name === '' || entry.name.length > 128 || !entry.name.isWellFormed() || entry.name.includes('${')) {
      refuse(entry.line, at, 'cannot be used: a name has 1 to 128 characters, and no variables');
    } else if (entry.node.kind === 'map') {
      const texts = readSection(entry.node.entries, { ...reader, path: '', known: entryDefaults, at: `${at}.` });
      namespaces.set(entry.name, { texts, line: entry.line });
    } else if (entry.node.kind === 'text' && entry.node.text === undefined) {
      namespaces.set(entry.name, { texts: new Map(), line: entry.line });
    } else {
      refuse(entry.line, at, 'cannot be used: it is no section of defaults');
    }
  }
  return namespaces;
}

function readSection(entries: readonly YamlEntry[], section: Section): Texts {
  const texts = new Map<string, PlacedText>();
  for (const entry of entries) {
    for (const [name, text] of readEntry(entry, section)) texts.set(name, text);
  }
  return texts;
}

function readEntry(entry: YamlEntry, section: Section): Texts {
  const { file, known, path, at, problems } = section;
  const name = `${path}${entry.name}`;
  const shown = `${at}${shownName(entry.name)}`;
  // The section `store` calls the address `url`.
  // `memory.maxBytes: 1mb` in one line would be a second way to say what a section says.
  const mayBeKnown = entry.name.includes('.') ? [] : known;
  const setting = mayBeKnown.find((each) => each.name === (name === 'store.url' ? 'store' : name));
  const inner = mayBeKnown.filter((each) => each.name.startsWith(`${name}.`));
  if (setting === undefined && inner.length === 0) {
    problems.push({ name: shown, file, line: entry.line, ...unknownName(entry.name, section) });
    return new Map();
  }
  const { node } = entry;
  if (node.kind === 'map' && inner.length > 0) {
    return readSection(node.entries, { ...section, path: `${name}.`, at: `${shown}.` });
  }
  if (setting !== undefined && node.kind === 'text') return readSetting(entry, setting, shown, section);
  if (node.kind === 'text' && node.text === undefined) return new Map();
  const reason = setting === undefined ? 'it is a section of settings' : 'it takes one value';
  const example = setting?.example ?? `{ ${lastName(inner[0]?.name ?? '')}: ${inner[0]?.example} }`;
  problems.push(problemAt({ kind: 'file', file, line: entry.line }, shown, `cannot be used: ${reason}`, example));
  return new Map();
}

function readSetting({ node, line }: YamlEntry, setting: Setting, shown: string, section: Section): Texts {
  const place = { kind: 'file', file: section.file, line: node.line } as const;
  const text = node.kind === 'text' ? node.text : undefined;
  if (text === undefined) {
    const here = { ...place, line };
    section.problems.push(problemAt(here, shown, 'cannot be used: it is empty', setting.example));
    return new Map();
  }
  const result = interpolate(text, section.environment);
  if ('reason' in result) {
    const example = result.example?.replace('default', setting.example) ?? setting.example;
    section.problems.push(problemAt(place, shown, result.reason, example));
    return new Map();
  }
  return new Map([[setting.name, { ...result, place }]]);
}

function unknownName(name: string, { known, path }: Section): Pick<ConfigProblem, 'reason' | 'example'> {
  const names = namesIn(path, known);
  const meant = closestName(name, names);
  if (meant === undefined) return { reason: `is unknown: there are ${names.join(', ')}` };
  const setting = known.find((each) => each.name === `${path}${meant}`);
  const example = setting === undefined ? undefined : `${meant}: ${setting.example}`;
  return { reason: `is unknown: did you mean ${meant}?`, example };
}

/** What may be written in a section, in the order of the table. */
function namesIn(path: string, known: readonly Setting[]): readonly string[] {
  const names = known
    .filter(({ name }) => name.startsWith(path))
    .map(({ name }) => name.slice(path.length).replace(/\..*/, ''));
  const more = path === 'store.' ? ['url'] : path === '' && known === fileSettings ? ['namespaces'] : [];
  return [...new Set([...more, ...names])];
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
