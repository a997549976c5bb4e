import { parseArgs } from 'node:util';
import { closestWord } from './closest-word.js';
import { UsageError } from './command.js';
import type { CommandDescription, OptionDescription } from './command-description.js';

type Parsed = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

interface Parameters {
  readonly wantsHelp: boolean;
  readonly operands: readonly string[];
  readonly options: Parsed;
}

/**
 * Reads the words behind the name of a command.
 *
 * @throws UsageError that says what to write instead
 */
export function parseParameters(command: CommandDescription, words: readonly string[]): Parameters {
  const known = { ...command.options, help: { type: 'boolean', short: 'h', description: '' } as const };
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(known).map(([name, option]) => [name, parseable(option)])),
    strict: false,
    tokens: true,
  });
  const options: Record<string, string | boolean | string[] | undefined> = emptyOptions(command);
  const operands: string[] = [];
  let wantsHelp = false;
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = (known as CommandDescription['options'])[token.name];
    if (option === undefined) throw unknownOption(command, token.rawName, Object.keys(known));
    if (token.name === 'help') wantsHelp = true;
    else options[token.name] = added(options[token.name], option, checkedValue(command, option, token));
  }
  if (!wantsHelp) checkOperands(command, operands);
  return { wantsHelp, operands, options };
}

function parseable({ type, short, multiple = false }: OptionDescription) {
  return { type, multiple, ...(short === undefined ? {} : { short }) };
}

function emptyOptions({ options }: CommandDescription) {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple }]) => [
      name,
      type === 'boolean' ? false : multiple ? [] : undefined,
    ]),
  );
}

function added(before: unknown, { multiple }: OptionDescription, value: string | true): string | boolean | string[] {
  return multiple && Array.isArray(before) ? [...before, String(value)] : value;
}

function checkedValue(
  command: CommandDescription,
  { type, value: placeholder = 'value' }: OptionDescription,
  { rawName, value, inlineValue }: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
): string | true {
  if (type === 'boolean') {
    if (value === undefined) return true;
    throw usage(command, `${rawName} takes no value: write ${rawName} alone.`);
  }
  if (value === undefined) throw usage(command, `${rawName} lacks its value: write ${rawName} <${placeholder}>.`);
  if (inlineValue !== true && /^-./.test(value)) {
    throw usage(
      command,
      `${rawName} lacks its value: write ${rawName} <${placeholder}>, or ${rawName}=${value} for one that begins with a dash.`,
    );
  }
  return value;
}

function checkOperands(command: CommandDescription, given: readonly string[]): void {
  const { operands } = command;
  const missing = operands.slice(given.length).find((name) => !name.startsWith('['));
  if (missing !== undefined) throw usage(command, `larder ${command.name} lacks its <${missing}>.`);
  if (given.length <= operands.length) return;
  const most = operands.length === 0 ? 'nothing' : operands.map((name) => name.replace(/[[\]]/g, '')).join(' and ');
  throw usage(
    command,
    `larder ${command.name} takes ${most} behind its name, and there is more. Put what holds spaces into quotes.`,
  );
}

function unknownOption(command: CommandDescription, rawName: string, names: readonly string[]): UsageError {
  const known = names.map((name) => `--${name}`);
  if (!rawName.startsWith('--')) {
    return usage(
      command,
      `larder ${command.name} has no option ${rawName}. Write -- before a word that begins with a dash. There are ${known.join(', ')}.`,
    );
  }
  const meant = closestWord(rawName, known);
  const advice = meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${meant}?`;
  return usage(command, `larder ${command.name} has no option ${rawName}. ${advice}`);
}

/** For a command whose own rules are not kept, too. */
export function usage({ name, examples }: Pick<CommandDescription, 'name' | 'examples'>, problem: string): UsageError {
  return new UsageError(`${problem}\nExample: ${examples[0]}\nMore: larder ${name} --help`);
}
