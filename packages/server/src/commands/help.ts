import type { CommandDescription, OptionDescription } from './command-description.js';
import { inColumns } from './text.js';

/** `larder keys create --help` */
export function commandHelp({ name, summary, operands, options, notes = [], examples }: CommandDescription): string {
  const usage = ['larder', name, ...operands.map(shownOperand), '[options]'].join(' ');
  const rows = Object.entries({ ...options, help: helpOption }).map(([option, each]) => [
    `  ${optionUsage(option, each)}`,
    each.description,
  ]);
  return [
    `${capitalised(summary)}.`,
    '',
    `Usage: ${usage}`,
    '',
    'Options:',
    inColumns(rows),
    '',
    ...notes.flatMap((note) => [note, '']),
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** `larder keys --help` */
export function groupHelp(name: string, summary: string, commands: readonly CommandDescription[]): string {
  const rows = commands.map((each) => [
    `  ${['larder', each.name, ...each.operands.map(shownOperand)].join(' ')}`,
    each.summary,
  ]);
  return [
    `${capitalised(summary)}.`,
    '',
    'Usage:',
    inColumns(rows),
    '',
    `More of each: larder ${name} <command> --help`,
    '',
  ].join('\n');
}

const helpOption: OptionDescription = { type: 'boolean', short: 'h', description: 'explains this' };

function optionUsage(name: string, { short, type, value = 'value' }: OptionDescription): string {
  const long = type === 'boolean' ? `--${name}` : `--${name} <${value}>`;
  return short === undefined ? long : `-${short}, ${long}`;
}

function shownOperand(operand: string): string {
  return operand.startsWith('[') ? `[<${operand.slice(1, -1)}>]` : `<${operand}>`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
