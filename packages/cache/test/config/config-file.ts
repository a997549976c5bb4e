import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CacheConfig } from '../../src/config/build-options.js';
import type { Environment } from '../../src/config/interpolate.js';
import { type ReadConfigOptions, readConfig } from '../../src/config/read-config.js';
import { InvalidConfigError } from '../../src/errors.js';

/** `${expression}`, which in a text of its own looks like a slip. */
export function variable(expression: string): string {
  return `$\{${expression}}`;
}

/** A folder of the running test, with these files in it. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'larder-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** What a larder.yaml with this text means. */
export async function readYaml(
  text: string,
  environment: Environment = {},
  options: ReadConfigOptions = {},
): Promise<CacheConfig> {
  return readConfig(environment, { ...options, folder: await folderWith({ 'larder.yaml': text }) });
}

/** The lines of the error, without the folder; empty if there is none. */
export async function problemsOf(text: string, environment: Environment = {}): Promise<string[]> {
  const folder = await folderWith({ 'larder.yaml': text });
  try {
    await readConfig(environment, { folder });
    return [];
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
}
