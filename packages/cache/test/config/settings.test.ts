import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInStores, createStoreRegistry } from '../../src/config/index.js';
import { type Setting, serviceSettings, settings } from '../../src/config/settings.js';
import { readYaml } from './config-file.js';

const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

describe('the table of settings', () => {
  it('is the one of docs/configuration.md', () => {
    expect(tablesOf(page)).toEqual([rowsFor(settings), rowsFor(serviceSettings)]);
  });

  it.each(settings.filter(({ example }) => !example.includes('$')))(
    '$name has an example that can be used',
    (setting) => {
      expect(setting.read(setting.example)).toHaveProperty('value');
    },
  );

  it('has defaults that can be used', () => {
    for (const { byDefault, read } of settings) {
      if (byDefault !== undefined) expect(read(byDefault)).toHaveProperty('value');
    }
  });

  it('has no name and no variable twice', () => {
    const all = [...settings, ...serviceSettings];
    const variables = all.flatMap(({ variable }) => variable ?? []);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

describe('docs/configuration.md', () => {
  const files = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, file]) => file as string);
  const addresses = [...page.matchAll(/^\| `([a-z+]+:\S*)`/gm)].map(([, address]) => address as string);
  it('is looked through', () => {
    expect(files.length).toBeGreaterThanOrEqual(2);
    expect(addresses.length).toBeGreaterThanOrEqual(9);
  });

  it.each(files)('shows a file that can be used: %.40s', async (file) => {
    const { options } = await readYaml(file, { REDIS_PASSWORD: 'secret', LARDER_KEY: 'key' });
    expect(options.namespaces?.session).toBeDefined();
  });

  it.each(addresses)('shows an address that can be used: %s', (address) => {
    expect(() => createStoreRegistry(builtInStores).choose(address)).not.toThrow();
  });
});

function rowsFor(table: readonly Setting[]): string[] {
  return table.map(({ name, variable, byDefault, example, meaning }) => {
    const cells = [code(name), code(variable), code(byDefault), code(example), meaning];
    return `| ${cells.join(' | ')} |`;
  });
}

function code(text: string | undefined): string {
  return text === undefined ? '' : `\`${text}\``;
}

/** The rows of the tables that begin with "setting". */
function tablesOf(text: string): string[][] {
  return [...text.matchAll(/^\| setting .*\n\|[-|]+\n((?:\|.*\n)+)/gm)].map(([, rows = '']) =>
    rows.trimEnd().split('\n'),
  );
}
