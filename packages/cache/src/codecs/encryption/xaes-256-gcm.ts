import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;
const BLOCK = 16;
/** The part of the nonce that makes the key of one message; the rest is the nonce of AES-GCM. */
const DERIVING_BYTES = 12;

/**
 * XAES-256-GCM (https://c2sp.org/XAES-256-GCM): every message has an AES-256-GCM key of its own, derived from the
 * secret and half of a nonce of 192 bits, by the counter-mode KDF of NIST SP 800-108r1 over CMAC. Random nonces are
 * safe for 2^80 messages under one secret, where AES-256-GCM alone allows 2^32 (SP 800-38D, section 8.3).
 */
export class XaesKey {
  readonly #secret: KeyObject;
  /** K1 of CMAC (SP 800-38B, section 6.1). */
  readonly #subkey: Buffer;

  constructor(secret: KeyObject) {
    this.#secret = secret;
    this.#subkey = doubled(encryptBlocks(secret, Buffer.alloc(BLOCK)));
  }

  /** Ciphertext and tag. */
  seal(nonce: Buffer, plain: Uint8Array, additional: Uint8Array): [Buffer, Buffer] {
    const cipher = createCipheriv('aes-256-gcm', this.#derive(nonce), nonce.subarray(DERIVING_BYTES));
    cipher.setAAD(additional);
    const sealed = cipher.update(plain);
    cipher.final();
    return [sealed, cipher.getAuthTag()];
  }

  /** Throws if anything is not as it was sealed. */
  open(nonce: Buffer, sealed: Uint8Array, tag: Buffer, additional: Uint8Array): Buffer {
    const iv = nonce.subarray(DERIVING_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#derive(nonce), iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(additional);
    decipher.setAuthTag(tag);
    const plain = decipher.update(sealed);
    decipher.final();
    return plain;
  }

  /** Two blocks of counter, label 'X', and the first half of the nonce, each under CMAC: one block, so one encryption. */
  #derive(nonce: Buffer): Buffer {
    const blocks = Buffer.alloc(2 * BLOCK);
    for (const counter of [1, 2]) {
      const at = (counter - 1) * BLOCK;
      blocks[at + 1] = counter;
      blocks[at + 2] = 0x58;
      nonce.copy(blocks, at + 4, 0, DERIVING_BYTES);
      for (let index = 0; index < BLOCK; index++) {
        blocks[at + index] = (blocks[at + index] as number) ^ (this.#subkey[index] as number);
      }
    }
    return encryptBlocks(this.#secret, blocks);
  }
}

function encryptBlocks(secret: KeyObject, blocks: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', secret, null).setAutoPadding(false).update(blocks);
}

/** Times x in GF(2^128), with the polynomial of CMAC. */
function doubled(block: Buffer): Buffer {
  const output = Buffer.alloc(BLOCK);
  let carry = 0;
  for (let at = BLOCK - 1; at >= 0; at--) {
    const byte = block[at] as number;
    output[at] = (byte << 1) | carry;
    carry = byte >> 7;
  }
  output[BLOCK - 1] = (output[BLOCK - 1] as number) ^ (carry * 0x87);
  return output;
}
