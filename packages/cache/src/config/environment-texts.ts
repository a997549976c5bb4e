import type { Texts } from './file-texts.js';
import type { Environment } from './interpolate.js';
import type { PlacedText } from './placed-text.js';
import { type Setting, settings } from './settings.js';

/** What the environment sets. A variable that is there but empty is a setting too, and refused later. */
export function readEnvironmentTexts(environment: Environment, known: readonly Setting[] = settings): Texts {
  const texts = new Map<string, PlacedText>();
  for (const { name, variable } of known) {
    const text = variable === undefined || !Object.hasOwn(environment, variable) ? undefined : environment[variable];
    if (variable === undefined || text === undefined) continue;
    texts.set(name, { text, place: { kind: 'environment', variable }, isInterpolated: false });
  }
  return texts;
}

/**
 * The environment goes before the file. An address in the environment brings its own user and password: those of the
 * file are for another server, which alone may learn them. A short form goes before the setting that it stands for.
 */
export function mergeTexts(file: Texts, environment: Texts): Texts {
  const merged = new Map(file);
  if (environment.has('store')) {
    merged.delete('store.username');
    merged.delete('store.password');
  }
  if (environment.has('memory')) merged.delete('memory.maxBytes');
  if (environment.has('compression')) merged.delete('compression.codec');
  for (const [name, text] of environment) merged.set(name, text);
  return merged;
}
