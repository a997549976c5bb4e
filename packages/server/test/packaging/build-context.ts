import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files that a builder is sent: those that .dockerignore names behind a '!', and what is below them.
 *
 * @throws Error at patterns beyond `*` and `!path`, and where what is named is not there
 */
export function buildContext(root: string): readonly string[] {
  const [first, ...others] = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*') throw new Error('.dockerignore does not begin by leaving everything out.');
  return others.flatMap((pattern) => {
    if (!/^![\w./-]+$/.test(pattern)) throw new Error(`This check cannot follow ${pattern} in .dockerignore.`);
    return filesBelow(root, pattern.slice(1));
  });
}

function filesBelow(root: string, path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, `${path}/${name}`));
}
