import { createHmac, randomBytes } from 'node:crypto';
import type { Millis } from '@larder/cache';

export const signatureField = 'Larder-Signature';

/** `t=<unix seconds>,v1=<hex HMAC-SHA-256 of "t.body">`: the receiver refuses what is old, or not signed by the secret. */
export function signatureOf(secret: string, body: string, now: Millis): string {
  const time = Math.floor(now / 1_000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}
