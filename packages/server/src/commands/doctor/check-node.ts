import { type Check, failed, ok } from './check.js';

const oldest = [20, 19] as const;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return isNewEnough
    ? ok('Node.js', version)
    : failed('Node.js', `${version} is too old`, `Install Node.js ${oldest.join('.')} or newer.`);
}
