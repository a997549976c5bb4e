import type { ConfigProblem } from '../errors.js';
import type { Texts } from './file-texts.js';
import { problemAt, shownText } from './placed-text.js';
import { settings } from './settings.js';

/** What was set, by the names of settings. */
export type Values = ReadonlyMap<string, unknown>;

/** `memory: 64mb` is the short form of a section. */
const longForms: ReadonlyMap<string, string> = new Map([
  ['memory', 'memory.maxBytes'],
  ['compression', 'compression.codec'],
]);

/**
 * Reads every text by the table of settings. What cannot be used goes to `problems`.
 *
 * @param at - what the names begin with for people, such as `namespaces.user.`
 */
export function readValues(texts: Texts, problems: ConfigProblem[], at = ''): Values {
  const values = new Map<string, unknown>();
  for (const { name, example, isSecret, read } of settings) {
    const placed = texts.get(name);
    if (placed === undefined) continue;
    const result = placed.text === '' ? { problem: 'is empty' } : read(placed.text);
    if ('value' in result) {
      const longForm = result.value === false ? undefined : longForms.get(name);
      values.set(longForm ?? name, result.value);
      continue;
    }
    const subject = placed.text === '' ? 'it' : shownText(placed, isSecret === true);
    const reason = `cannot be used: ${subject} ${result.problem}`;
    problems.push(problemAt(placed.place, `${at}${name}`, reason, example));
  }
  return values;
}

/** The settings of a section, under their short names. */
export function section(values: Values, name: string): object {
  const inside = [...values].filter(([each]) => each.startsWith(`${name}.`));
  return Object.fromEntries(inside.map(([each, value]) => [each.slice(name.length + 1), value]));
}
