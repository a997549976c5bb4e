import { describe, expect, it } from 'vitest';
import { apiKeyId, createApiKey } from '../../src/modules/api-keys/key-format.js';

describe('an API key', () => {
  it('has an id, a secret of 256 bits in base62, and a checksum', () => {
    const { id, text } = createApiKey();
    expect(text).toMatch(/^lrd_live_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(apiKeyId(text)).toBe(id);
  });

  it('is told from a mistyped one by its checksum', () => {
    const { text } = createApiKey();
    for (let at = 0; at < text.length; at++) {
      const mistyped = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
      expect(apiKeyId(mistyped)).toBeUndefined();
    }
    expect(apiKeyId('')).toBeUndefined();
    expect(apiKeyId(`${text}x`)).toBeUndefined();
  });

  it('is never made twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => createApiKey().text)).size).toBe(1_000);
  });
});
