import type { Document, LineCounter, ParsedNode, YAMLError } from 'yaml';
import { ClientMissingError, type ConfigProblem, InvalidConfigError } from '../errors.js';

/** A YAML file as texts with their lines: what a text means is said by the setting that it is for. */
export type YamlNode = YamlText | YamlMap | YamlList;

export interface YamlText {
  readonly kind: 'text';
  /** `undefined` where nothing was written: `ttl:`, `ttl: ~`, `ttl: null`. */
  readonly text: string | undefined;
  readonly line: number;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly line: number;
}

export interface YamlEntry {
  readonly name: string;
  readonly line: number;
  readonly node: YamlNode;
}

export interface YamlList {
  readonly kind: 'list';
  readonly line: number;
}

const longestFile = 64 * 1_024;
const deepestNode = 16;
/** Aliases of aliases double at each line: a file of a kilobyte could stand for more nodes than memory holds. */
const mostNodes = 10_000;

const nothing: YamlText = Object.freeze({ kind: 'text', text: undefined, line: 1 });

/**
 * Reads the text of a YAML file.
 *
 * @throws InvalidConfigError with a problem for each thing that is no YAML, or more than a configuration needs
 * @throws ClientMissingError if the package "yaml" is not installed
 */
export async function readYamlTree(source: string, file: string): Promise<YamlMap> {
  const yaml = await loadYaml(file);
  if (source.length > longestFile) throw refusal(file, undefined, 'is longer than 64 KiB');
  if (isTooDeep(new yaml.Lexer().lex(source))) throw refusal(file, undefined, 'is nested too deeply');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(source, {
    lineCounter: lines,
    // Pretty messages repeat the lines around, which may hold a password.
    prettyErrors: false,
    // Repeated names are found while walking, where both lines are known.
    uniqueKeys: false,
    stringKeys: true,
    schema: 'core',
    merge: false,
    // Not 'silent', which lets a second document pass.
    logLevel: 'error',
  });
  const problems = [...document.errors, ...document.warnings].map((error) => yamlProblem(error, lines, file));
  if (problems.length > 0) throw new InvalidConfigError(firstOfEachLine(problems));
  return new TreeBuilder(yaml, document, lines, file).build();
}

/** Turns the nodes of the package "yaml" into ours. */
class TreeBuilder {
  readonly #yaml: typeof import('yaml');
  readonly #root: ParsedNode | null;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #problems: ConfigProblem[] = [];
  #nodes = 0;

  constructor(yaml: typeof import('yaml'), document: Document.Parsed, lines: LineCounter, file: string) {
    this.#yaml = yaml;
    this.#root = document.contents;
    this.#lines = lines;
    this.#file = file;
  }

  build(): YamlMap {
    const root: YamlNode = this.#root === null ? nothing : this.#node(this.#root, 0);
    if (this.#problems.length > 0) throw new InvalidConfigError(firstOfEachLine(this.#problems));
    if (root.kind === 'map') return root;
    // A file of comments alone.
    if (root.kind === 'text' && root.text === undefined) return { kind: 'map', entries: [], line: 1 };
    throw refusal(this.#file, root.line, 'the file must hold names and values', 'ttl: 10m');
  }

  #node(node: ParsedNode, depth: number): YamlNode {
    const line = this.#lineOf(node);
    if (++this.#nodes > mostNodes) throw refusal(this.#file, line, 'its aliases stand for too much');
    if (depth > deepestNode) throw refusal(this.#file, line, 'it is nested too deeply here');
    if (this.#yaml.isAlias(node)) {
      const meant = this.#anchors.get(node.source);
      if (meant === undefined)
        throw refusal(this.#file, line, 'it has an alias (*name) without an anchor (&name) before it');
      return this.#node(meant, depth + 1);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node.tag !== undefined) this.#refuse(line, 'it has a tag (!name), which configuration does not use');
    if (this.#yaml.isMap<ParsedNode, ParsedNode | null>(node)) return this.#map(node.items, line, depth);
    if (!this.#yaml.isScalar(node)) return { kind: 'list', line };
    // As it was written: 010 and 1e3 are for the setting to judge.
    const text = node.value === null ? undefined : typeof node.value === 'string' ? node.value : (node.source ?? '');
    return { kind: 'text', text, line };
  }

  #map(items: readonly { key: ParsedNode; value: ParsedNode | null }[], line: number, depth: number): YamlMap {
    const linesOfNames = new Map<string, number>();
    const entries = items.map(({ key, value }): YamlEntry => {
      const name = this.#yaml.isScalar(key) ? String(key.value) : '';
      const lineOfName = this.#lineOf(key);
      const before = linesOfNames.get(name);
      if (before !== undefined) this.#refuse(lineOfName, `${shownName(name)} was given in line ${before} already`);
      linesOfNames.set(name, lineOfName);
      const node: YamlNode =
        value === null ? { kind: 'text', text: undefined, line: lineOfName } : this.#node(value, depth + 1);
      return { name, line: lineOfName, node };
    });
    return { kind: 'map', entries, line };
  }

  #lineOf(node: ParsedNode): number {
    return this.#lines.linePos(node.range[0]).line;
  }

  #refuse(line: number, reason: string): void {
    this.#problems.push({ name: '', file: this.#file, line, reason });
  }
}

export function shownName(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));
}

/** The parser calls itself for each level, and V8 may end the process where the stack does. */
function isTooDeep(tokens: Iterable<string>): boolean {
  let brackets = 0;
  let marksInLine = 0;
  for (const token of tokens) {
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets--;
    else if (token === '-' || token === '?') marksInLine++;
    else if (token.includes('\n')) marksInLine = 0;
    if (brackets > deepestNode || marksInLine > deepestNode) return true;
  }
  return false;
}

/** In our words: those of the parser may repeat a part of the file. */
const reasons: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'it has an alias (*) or an anchor (&) without a name',
  BAD_INDENT: 'its indentation fits no line before it',
  TAB_AS_INDENT: 'it is indented with a tab: use spaces',
  BLOCK_AS_IMPLICIT_KEY: 'it has a second ": " in one line: put the value into quotes',
  MISSING_CHAR: 'a closing quote, a bracket, or the colon after a name is missing',
  BAD_DQ_ESCAPE: 'it has a backslash in double quotes that escapes nothing: use single quotes',
  BAD_SCALAR_START: 'a value begins with @, ` or %: put it into quotes',
  MULTIPLE_DOCS: 'a second document begins (---), and only one is read',
  NON_STRING_KEY: 'a name is no text',
  TAG_RESOLVE_FAILED: 'it has a tag (!name), which configuration does not use',
  BAD_DIRECTIVE: 'it has a directive (%) that YAML 1.2 does not have',
};

function yamlProblem({ code, pos }: YAMLError, lines: LineCounter, file: string): ConfigProblem {
  const reason = reasons[code] ?? 'it is no valid YAML';
  return { name: '', file, line: lines.linePos(pos[0]).line, reason };
}

/** One slip makes several errors of one line. */
function firstOfEachLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.filter(({ line }, at) => problems.findIndex((other) => other.line === line) === at);
}

function refusal(file: string, line: number | undefined, reason: string, example?: string): InvalidConfigError {
  return new InvalidConfigError([{ name: '', file, line, reason, example }]);
}

async function loadYaml(file: string): Promise<typeof import('yaml')> {
  try {
    return await import('yaml');
  } catch (error) {
    throw new ClientMissingError(file, 'yaml', error, 'file');
  }
}
