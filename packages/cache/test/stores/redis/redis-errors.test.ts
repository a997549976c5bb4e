import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import { toStoreError } from '../../../src/stores/redis/redis-errors.js';

const failed = 'LARDER_STORE_FAILED';
const full = 'LARDER_STORE_FULL';

describe('what Redis and its clients say', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", full, /raise maxmemory/],
    ['WRONGPASS invalid username-password pair or user is disabled.', failed, /user or password/],
    ['NOAUTH Authentication required.', failed, /user or password/],
    ["NOPERM this user has no permissions to run the 'mget' command", failed, /lacks a permission/],
    ["READONLY You can't write against a read only replica.", failed, /is a replica/],
    ['LOADING Redis is loading the dataset in memory', failed, /still loading/],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", failed, /lost its primary/],
    ['NOREPLICAS Not enough good replicas to write.', failed, /too few replicas/],
    [
      'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist',
      failed,
      /save to its disk/,
    ],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', failed, /another type/],
    ['BUSY Redis is busy running a script.', failed, /SCRIPT KILL/],
    ['CLUSTERDOWN The cluster is down', failed, /does not serve all its slots/],
    ['CLUSTERDOWN Hash slot not served', failed, /does not serve all its slots/],
    ['Too many Cluster redirections. Last error: Error: Connection is closed.', failed, /does not serve all its slots/],
    ['MOVED 3999 127.0.0.1:6381', failed, /cluster client/],
    ['connect ECONNREFUSED 127.0.0.1:6379', failed, /cannot be reached/],
    ['getaddrinfo ENOTFOUND redis.example', failed, /cannot be reached/],
    ['self-signed certificate in certificate chain', failed, /TLS/],
    ['All sentinels are unreachable. Retrying from scratch after 10ms.', failed, /Sentinel/],
    ['Connection is closed.', failed, /was lost/],
    ['The client is closed', failed, /was lost/],
    ['read ECONNRESET', failed, /was lost/],
    ["Socket timeout. Expecting data, but didn't receive any in 10000ms.", failed, /was lost/],
    ['ERR something new', failed, /^Redis failed: ERR something new$/],
  ])('%s', (said, code, message) => {
    const cause = new Error(said);
    expect(toStoreError(cause)).toMatchObject({ code, store: 'redis', cause, message: expect.stringMatching(message) });
  });

  it('names what lies behind an error that only collects others', () => {
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(toStoreError(new AggregateError([refused], '')).message).toMatch(/cannot be reached/);
    const ofCluster = Object.assign(new Error('Failed to refresh.'), { lastNodeError: new Error('WRONGPASS no') });
    expect(toStoreError(ofCluster).message).toMatch(/user or password/);
  });

  it('keeps an error of its own as it is, and shows no secret of an unknown one', () => {
    const own = new StoreError('redis', 'as it is');
    expect(toStoreError(own)).toBe(own);
    expect(toStoreError(new Error('bad redis://user:secret@host')).message).toBe('Redis failed: bad redis://host');
  });
});
