import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import { toStoreError } from '../../../src/stores/firestore/firestore-errors.js';

const failure = (code: number | string | undefined, message = 'of the client') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('what a caller is told when Firestore', () => {
  it.each([
    ['has no such database', 5, 'LARDER_STORE_FAILED', /databaseId/],
    ['does not allow it', 7, 'LARDER_STORE_FAILED', /roles\/datastore\.user/],
    ['does not know who asks', 16, 'LARDER_STORE_FAILED', /gcloud auth application-default login/],
    ['has given enough', 8, 'LARDER_STORE_FAILED', /quota/],
    ['cannot be reached', 14, 'LARDER_STORE_FAILED', /network/],
    ['is too slow', 4, 'LARDER_STORE_TIMEOUT', /not known/],
    ['gave up for others', 10, 'LARDER_STORE_FAILED', /try it again/],
    ['finds it invalid', 3, 'LARDER_STORE_FAILED', /collection/],
    ['fails otherwise', 13, 'LARDER_STORE_FAILED', /of the client/],
  ])('%s', (_, code, larderCode, says) => {
    const cause = failure(code);
    const error = toStoreError(cause, 'cache');
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: larderCode, cause, message: expect.stringMatching(says) });
  });

  it('is asked without credentials', () => {
    const cause = failure(undefined, 'Could not load the default credentials. Browse to https://...');
    expect(toStoreError(cause, 'cache').message).toMatch(/^No credentials.*GOOGLE_APPLICATION_CREDENTIALS/);
  });

  it('has a client that is not installed', () => {
    expect(toStoreError(failure('ERR_MODULE_NOT_FOUND'), 'cache')).toMatchObject({ code: 'LARDER_CLIENT_MISSING' });
  });
});
