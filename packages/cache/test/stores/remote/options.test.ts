import { describe, expect, it } from 'vitest';
import { type RemoteStoreOptions, remoteStore } from '../../../src/stores/remote/index.js';

const key = 'lrd_live_secret';

describe('remoteStore', () => {
  it('connects to nothing until it is asked for something', async () => {
    const store = remoteStore({ url: 'http://127.0.0.1:1', key });
    await store.close();
    await expect(store.get(['k'], { now: 0 })).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
  });

  it.each<[string, unknown]>([
    ['it takes options', undefined],
    ["there is no option 'uri'", { uri: 'http://a', key }],
    ['url must be the address', { url: 'cache.example.com', key }],
    ['neither http: nor https:', { url: 'redis://a', key }],
    ['url holds a user or password', { url: 'https://user:secret@a', key }],
    ['url holds a query', { url: 'https://a?key=secret', key }],
    ['key must be an API key', { url: 'https://a' }],
    ['key must be an API key', { url: 'https://a', key: 'secret\nx' }],
    ['answerTimeout must be a whole number', { url: 'https://a', key, answerTimeout: 0 }],
    ['connections must be a whole number', { url: 'https://a', key, connections: 1.5 }],
  ])('%s', (message, options) => {
    const open = () => remoteStore(options as RemoteStoreOptions);
    expect(open).toThrow(expect.objectContaining({ code: 'LARDER_INVALID_OPTION' }));
    expect(open).toThrow(message);
    expect(open).not.toThrow(/secret/);
  });
});
