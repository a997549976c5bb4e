import { randomBytes } from 'node:crypto';
import type { Cache } from '@larder/cache';

const secretKey = 'cursor-secret';
const secretBytes = 32;

/** Made once for a store: cursors outlive a restart and work in every process on the same store. */
export async function cursorSecret(control: Cache): Promise<string> {
  await control.add(secretKey, randomBytes(secretBytes).toString('base64url'), { ttl: 'never' });
  const secret = await control.get<string>(secretKey);
  if (secret === undefined) throw new Error('The store lost the secret of the cursors right after it was written.');
  return secret;
}
