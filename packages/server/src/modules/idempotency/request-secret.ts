import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What a request is told from another by. */
export interface RequestParts {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  readonly body: Uint8Array;
}

/** What only the sender of a request can make: nobody who reads the store can. */
export interface RequestSecret {
  /** The same for the same request. It does not give away what a body might have been. */
  fingerprint(request: RequestParts): string;
  seal(text: Uint8Array): Uint8Array;
  /** @throws Error unless it was sealed with this secret */
  open(sealed: Uint8Array): Uint8Array;
}

const purpose = 'larder idempotency 1 ';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * From the text of the API key, which is 256 random bits and is stored nowhere, and the Idempotency-Key: kept answers hold
 * new API keys and tokens of locks, and must be worth nothing to whoever reads the store.
 */
export function requestSecret(apiKey: string, idempotencyKey: string): RequestSecret {
  const derived = Buffer.from(hkdfSync('sha256', apiKey, '', purpose + idempotencyKey, 2 * keyBytes));
  const sealing = derived.subarray(0, keyBytes);
  const naming = derived.subarray(keyBytes);
  return {
    fingerprint({ method, target, body }) {
      const head = JSON.stringify([method, target]);
      return createHmac('sha256', naming).update(head).update('\n').update(body).digest('base64url');
    },
    seal(text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
      const sealed = [cipher.update(text), cipher.final()];
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]));
    },
    open(sealed) {
      const nonce = sealed.subarray(0, nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: tagBytes });
      decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
    },
  };
}
