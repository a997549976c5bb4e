import type { Size } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';

const bytesPerUnit = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const;
const sizePattern = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)$/;

/**
 * Bytes of a size such as `'64mb'`.
 *
 * @throws InvalidOptionError if the text has no unit or is no size at all
 */
export function parseSize(size: Size, name: string): number {
  const match = typeof size === 'string' ? sizePattern.exec(size) : null;
  if (match === null) {
    const shown = typeof size === 'string' ? `'${(size as string).slice(0, 40)}'` : String(size);
    throw new InvalidOptionError(`${name} is ${shown}, which is no size: write '512kb', '64mb' or '1gb'.`);
  }
  return Math.floor(Number(match[1]) * bytesPerUnit[match[2] as keyof typeof bytesPerUnit]);
}
