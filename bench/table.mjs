import { readFileSync } from 'node:fs';

/** The installed version of a contestant; of Node.js itself for what it brings along. */
export function versionOf(name) {
  if (name === 'Map') return process.version;
  const folder = name.startsWith('larder') ? '@larder/cache' : name;
  return JSON.parse(readFileSync(new URL(`node_modules/${folder}/package.json`, import.meta.url))).version;
}
