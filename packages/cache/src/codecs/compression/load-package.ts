import { createRequire } from 'node:module';
import { ClientMissingError } from '../../errors.js';

/**
 * An optional package, at once: an option that needs it is refused when it is given, and a store that reads at once
 * can decompress at once. `import()` could do neither.
 */
export function loadPackage(codec: string, name: string): unknown {
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    throw new ClientMissingError(codec, name, error, 'codec');
  }
}
