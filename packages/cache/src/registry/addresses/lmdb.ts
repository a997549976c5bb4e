import { InvalidAddressError } from '../../errors.js';

export interface LmdbAddressOptions {
  readonly path: string;
}

/** `lmdb:<folder>`: whatever stands behind the colon, as it is, for a folder may have any name. */
export function lmdbOptions(text: string): LmdbAddressOptions {
  const path = text.slice(text.indexOf(':') + 1);
  if (path === '' || path.includes('\0')) throw new InvalidAddressError('lmdb: needs a folder', 'lmdb:./.larder');
  return { path };
}
